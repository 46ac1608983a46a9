"""The untrusted process: loads a solution and answers calls. Never imported by a referee."""

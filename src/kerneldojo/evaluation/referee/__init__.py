"""The trusted process: inputs, oracle, clock and verdict. Never imports a solution."""

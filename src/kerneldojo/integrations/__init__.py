"""KernelDojo inside frameworks that others keep: one package for each, loaded by none of ours."""

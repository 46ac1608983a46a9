"""The arithmetic of reinforcement learning on kernels: pure functions on tensors, no framework.

Importing this package loads torch. docs/algorithms.md has the formulas and their sources.
"""

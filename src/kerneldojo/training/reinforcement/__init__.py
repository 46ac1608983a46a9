"""Reinforcement learning: TRLOO with mismatch and profiling-based rejection, on TRL's engine."""

from kerneldojo.training.reinforcement.practice import Practice, prepare_rl, reinforce

__all__ = ["Practice", "prepare_rl", "reinforce"]

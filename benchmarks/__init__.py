"""Benchmarks: one command each, medians and ratios."""

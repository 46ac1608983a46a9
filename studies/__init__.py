"""Experiments whose results are in docs/results, with all that is needed to repeat them."""

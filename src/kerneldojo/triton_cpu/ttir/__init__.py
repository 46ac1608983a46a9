"""Triton IR: its text read into objects."""

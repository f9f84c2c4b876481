"""Measurements: every figure comes with the floor it is held against, taken in the same run."""

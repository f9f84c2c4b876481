"""Signatures by GOST R 34.10-2012, checked only: nothing secret is here, keys that sign are never in this process."""

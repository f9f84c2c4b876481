"""Demonstration data: a small enterprise by hand, a large one by the thousand."""

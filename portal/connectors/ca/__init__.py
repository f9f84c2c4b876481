"""Certification authorities: one folder each."""

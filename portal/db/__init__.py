"""Rows: the only place that knows the database."""

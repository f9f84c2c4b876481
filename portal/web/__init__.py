"""Plumbing of every page: sign-in, permissions, fragments, forms, errors, streams, words. No product rules."""

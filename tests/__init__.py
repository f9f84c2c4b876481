"""Tests of the product: a package of its own, so that none that a dependency brings along can stand in its place."""

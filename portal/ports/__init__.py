"""Doors to the outside: protocols and the values that go through them."""

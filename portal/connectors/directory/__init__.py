"""Ways to directories outside."""

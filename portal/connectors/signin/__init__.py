"""Ways to sign in that are judged elsewhere."""

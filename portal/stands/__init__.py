"""Small strict servers that speak a counterpart's protocol, for demonstrations and tests."""

"""Ways out: each translates between a port and one system outside, and decides nothing."""

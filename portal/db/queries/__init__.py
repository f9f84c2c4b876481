"""What pages show: each query answers small frozen rows, so a template cannot reach the database."""

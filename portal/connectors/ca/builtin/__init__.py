"""A small certification authority of our own: it signs nothing it has not written down first."""

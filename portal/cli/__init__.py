"""The command line: the same services as the pages, for scripts and for people without a browser."""

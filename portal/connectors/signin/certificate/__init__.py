"""A web server that asks for the certificate on a token."""

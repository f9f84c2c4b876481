"""Certificate management by messages (RFC 4210, RFC 9480, RFC 9483), spoken as a client; the server reads the same."""

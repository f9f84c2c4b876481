"""EST (RFC 7030): certificates over an ordinary line with TLS. The protocol knows neither ids nor revocations."""

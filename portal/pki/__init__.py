"""What anybody may ask of our built-in CAs: revocation lists, OCSP answers, the CA's certificate."""

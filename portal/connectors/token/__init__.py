"""PKCS#11 tokens plugged into this machine; the only package that imports pkcs11."""

"""Authenticated encryption with keys derived from the master key, one per use."""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


def derive(master: bytes, use: str) -> bytes:
    """A key for one use; knowing it tells nothing of the master key or of the keys of other uses."""
    if len(master) != KEY_BYTES:
        raise ValueError(f"a master key has {KEY_BYTES} bytes")
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"klyuchnik {use}".encode()).derive(master)


def seal(key: bytes, plain: bytes | bytearray, bound_to: bytes) -> bytes:
    """Encrypt under a fresh nonce, which leads the result."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unseal(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """Decrypt; raises ValueError when it was changed or is bound to something else."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise ValueError("sealed with another key, changed, or bound to something else") from error

"""A private key in an encrypted PKCS #8 file, whose password is random and sealed by the vault."""

import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from portal.connectors.ca.builtin.signing import CaPublicKey, SignerDown, digest_for
from portal.domain.certificate import KeyAlgorithm
from portal.ports.vault import Vault

CaPrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_RSA_BITS: Final = {KeyAlgorithm.RSA_2048: 2048, KeyAlgorithm.RSA_3072: 3072, KeyAlgorithm.RSA_4096: 4096}


def new_key(algorithm: KeyAlgorithm) -> CaPrivateKey:
    """A fresh key of this kind."""
    if algorithm in _RSA_BITS:
        return rsa.generate_private_key(65537, _RSA_BITS[algorithm])
    return ec.generate_private_key(ec.SECP384R1() if algorithm is KeyAlgorithm.EC_P384 else ec.SECP256R1())


def write_key(path: Path, key: CaPrivateKey, vault: Vault) -> None:
    """Write the key and, beside it, its sealed password; both readable by their owner only."""
    password = secrets.token_hex(32).encode()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(_password_file(path), vault.seal(password, context=_context(path)))
    _write(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)))


def remove_key(path: Path) -> None:
    """Take away a key that turned out not to be needed."""
    path.unlink(missing_ok=True)
    _password_file(path).unlink(missing_ok=True)


@dataclass(frozen=True)
class FileSigner:
    """Signs with a key from an encrypted file, opened at the first signature."""

    path: Path
    vault: Vault
    public_key: CaPublicKey

    def sign(self, data: bytes) -> bytes:
        digest = digest_for(self.public_key)
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), digest)
        return self._key.sign(data, ec.ECDSA(digest))

    def open(self) -> None:
        """Have the key at hand; raises SignerDown."""
        _ = self._key

    @cached_property
    def _key(self) -> CaPrivateKey:
        try:
            password = self.vault.open(_password_file(self.path).read_bytes(), context=_context(self.path))
            # each signature is verified before it leaves, so a check of the key itself would add 200 ms and no safety
            key = load_pem_private_key(self.path.read_bytes(), password, unsafe_skip_rsa_key_validation=True)
        except (OSError, ValueError) as error:
            raise SignerDown(f"the key file cannot be opened: {error}") from error
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise SignerDown("the key file holds a key of another kind")
        return key


def _password_file(path: Path) -> Path:
    return path.with_suffix(".password")


def _context(path: Path) -> str:
    return f"ca key {path.name}"


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()  # before it reaches the disk: the authority's certificate is stored only after its key
        os.fsync(file.fileno())

"""GOST through the ``openssl`` command, one process for each question: slow, and the same answers."""

import subprocess  # the command is a fixed name with arguments of our own making
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from portal.sidecar.backend import BackendError, UnreadableCertificateError

_PATIENCE: Final = 15.0
_EXPIRED: Final = ("certificate has expired", "certificate is not yet valid")


class CommandBackend:
    """Implements portal.sidecar.backend.Backend; the key stays in its file."""

    def __init__(self, key: Path) -> None:
        self._key = key
        self._public = _openssl("pkey", "-engine", "gost", "-in", str(key), "-pubout")

    def key_bits(self) -> int:
        text = _openssl("pkey", "-engine", "gost", "-pubin", "-text", "-noout", given=self._public)
        return 512 if b"512 bit" in text or b"paramSet512" in text or b"-2012-512" in text else 256

    def digest(self, data: bytes, bits: int) -> bytes:
        return _openssl("dgst", "-engine", "gost", f"-md_gost12_{bits}", "-binary", given=data)

    def sign(self, data: bytes, bits: int) -> bytes:
        return _openssl("dgst", "-engine", "gost", f"-md_gost12_{bits}", "-sign", str(self._key), given=data)

    def verify(self, data: bytes, *, signature: bytes, certificate: bytes, bits: int) -> bool:
        try:
            public = _public_key(certificate)
        except UnreadableCertificateError:
            return False
        with _files(public, signature) as (key, value):
            arguments = ("dgst", "-engine", "gost", f"-md_gost12_{bits}", "-verify", str(key), "-signature", str(value))
            return _run(*arguments, given=data).returncode == 0

    def matches(self, certificate: bytes) -> bool:
        return _public_key(certificate) == self._public

    def trusted(self, certificate: bytes, *, trust: Path, at: int) -> str:
        read = _run("x509", "-inform", "DER", given=certificate)
        if read.returncode != 0:
            return "unreadable"
        with _files(read.stdout) as (file,):
            arguments = ("verify", "-engine", "gost", "-partial_chain", "-no-CApath", "-attime", str(at))
            done = _run(*arguments, "-trusted", str(trust), str(file))
        if done.returncode == 0:
            return "trusted"
        said = done.stderr.decode(errors="replace")
        return "expired" if any(word in said for word in _EXPIRED) else "unknown"


def _public_key(certificate: bytes) -> bytes:
    done = _run("x509", "-engine", "gost", "-inform", "DER", "-pubkey", "-noout", given=certificate)
    if done.returncode != 0:
        raise UnreadableCertificateError("no certificate with a key")
    return done.stdout


def _openssl(*arguments: str, given: bytes = b"") -> bytes:
    done = _run(*arguments, given=given)
    if done.returncode != 0:
        raise BackendError(f"openssl {arguments[0]} refused")
    return done.stdout


def _run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - see the import
            ("openssl", *arguments),  # noqa: S607
            input=given,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BackendError("openssl does not answer") from error


@contextmanager
def _files(*contents: bytes) -> Iterator[tuple[Path, ...]]:
    with tempfile.TemporaryDirectory(prefix="klyuchnik-gost-") as folder:
        paths = tuple(Path(folder, str(index)) for index in range(len(contents)))
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        yield paths

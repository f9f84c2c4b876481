"""The client of the signing process: one connection, made when first needed and again when it broke."""

import os
import socket
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from asn1crypto import x509

from portal.domain.errors import OutsideUnavailable
from portal.ports.signer import SignerHealth, Strength, Trust
from portal.sidecar import wire

PATIENCE: Final = 15.0
_BITS: Final = {Strength.GOST_256: b"256", Strength.GOST_512: b"512"}
_STRENGTHS: Final = {bits: strength for strength, bits in _BITS.items()}
_PROBE: Final = b"klyuchnik"


@dataclass(slots=True)
class SidecarSigner:
    """Implements portal.ports.signer.Signer and Verifier by asking the process behind ``path``."""

    path: Path
    patience: float = PATIENCE
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _connection: socket.socket | None = field(default=None, init=False, repr=False)
    _owner: int = field(default=0, init=False, repr=False)
    _strength: Strength | None = field(default=None, init=False, repr=False)
    _certificate: bytes = field(default=b"", init=False, repr=False)

    @property
    def strength(self) -> Strength:
        if self._strength is None:
            self._strength = _STRENGTHS[self._ask(b"about")]
        return self._strength

    def certificate(self) -> bytes:
        if not self._certificate:
            self._certificate = self._ask(b"certificate")
        return self._certificate

    def sign(self, signed_info: bytes) -> bytes:
        return self._ask(b"sign", signed_info)

    def digest(self, data: bytes, strength: Strength) -> bytes:
        return self._ask(b"digest", _BITS[strength], data)

    def verify(self, data: bytes, *, signature: bytes, certificate: bytes, strength: Strength) -> bool:
        return self._ask(b"verify", _BITS[strength], data, signature, certificate) == b"yes"

    def trust(self, certificate: bytes, at: datetime) -> Trust:
        return Trust(self._ask(b"trust", certificate, str(int(at.timestamp())).encode()).decode())

    def health(self) -> SignerHealth:
        try:
            self.digest(_PROBE, self.strength)
            certificate = x509.Certificate.load(self._ask(b"certificate"))
        except OutsideUnavailable as error:
            return SignerHealth(ready=False, trouble=error.data.get("why", error.code))
        return SignerHealth(
            ready=True, subject=certificate.subject.human_friendly, not_after=certificate.not_valid_after
        )

    def _ask(self, *question: bytes) -> bytes:
        with self._lock:
            answer = self._told(question)
        if len(answer) != 2:  # noqa: PLR2004 - a word and a reply
            raise _unavailable("the signing process speaks otherwise")
        word, reply = answer
        if word != b"ok":
            raise _unavailable(reply.decode(errors="replace"), permanent=word == b"refused")
        return reply

    def _told(self, question: tuple[bytes, ...]) -> list[bytes]:
        """Once more over a new connection when the old one had gone: every question may be asked twice."""
        for fresh in (False, True):
            try:
                connection = self._connected(fresh=fresh)
                wire.send(connection, question)
                answer = wire.receive(connection)
            except OSError as error:
                self._drop()
                if fresh or isinstance(error, TimeoutError):
                    raise _unavailable(str(error)) from error
                continue
            if answer is not None:
                return answer
            self._drop()
        raise _unavailable("the signing process hung up")

    def _connected(self, *, fresh: bool) -> socket.socket:
        # a connection made before a fork belongs to the parent: using it from both would mix the answers
        if self._connection is None or fresh or self._owner != os.getpid():
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(self.patience)
            try:
                connection.connect(str(self.path))
            except OSError:
                connection.close()
                raise
            self._connection, self._owner = connection, os.getpid()
            # who answers now may have been started anew, with another key
            self._strength, self._certificate = None, b""
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """Hang up; the next question connects again."""
        with self._lock:
            self._drop()


def _unavailable(detail: str, *, permanent: bool = False) -> OutsideUnavailable:
    return OutsideUnavailable("signer_unavailable", permanent=permanent, why=detail[:200])

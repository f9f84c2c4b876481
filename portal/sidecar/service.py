"""The questions the signing process answers, each a list of octet strings in and out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portal.sidecar.backend import Backend, BackendError
from portal.sidecar.permitted import permitted

_BITS: Final = {b"256": 256, b"512": 512}
_YES: Final = b"yes"
_NO: Final = b"no"


class Refusal(Exception):  # noqa: N818 - named after what it is
    """The question is not answered; the argument is a code."""


@dataclass(frozen=True, slots=True)
class Service:
    """Answers; ``certificate`` is DER, ``trust`` a PEM file of those whose signatures count."""

    backend: Backend
    certificate: bytes
    trust: Path | None = None

    def answer(self, question: Sequence[bytes]) -> list[bytes]:
        """``ok`` with the reply, or ``refused`` with a code; never raises."""
        try:
            return [b"ok", self._reply(question)]
        except Refusal as refusal:
            return [b"refused", str(refusal).encode()]
        except BackendError as error:
            return [b"failed", str(error).encode()]

    def _reply(self, question: Sequence[bytes]) -> bytes:
        known: dict[bytes, tuple[int, Callable[..., bytes]]] = {
            b"about": (0, self._about),
            b"certificate": (0, lambda: self.certificate),
            b"digest": (2, self._digest),
            b"sign": (1, self._sign),
            b"verify": (4, self._verify),
            b"trust": (2, self._trusted),
        }
        count, reply = known.get(question[0] if question else b"", (-2, bytes))
        if count != len(question) - 1:
            raise Refusal("unknown_question")
        return reply(*question[1:])

    def _about(self) -> bytes:
        return str(self.backend.key_bits()).encode()

    def _digest(self, bits: bytes, data: bytes) -> bytes:
        return self.backend.digest(data, _size(bits))

    def _sign(self, signed_info: bytes) -> bytes:
        bits = self.backend.key_bits()
        if not permitted(signed_info, bits):
            raise Refusal("not_permitted")
        return self.backend.sign(signed_info, bits)

    def _verify(self, bits: bytes, data: bytes, signature: bytes, certificate: bytes) -> bytes:
        holds = self.backend.verify(data, signature=signature, certificate=certificate, bits=_size(bits))
        return _YES if holds else _NO

    def _trusted(self, certificate: bytes, at: bytes) -> bytes:
        if self.trust is None:
            return b"not_asked"
        if not at.isdigit():
            raise Refusal("unknown_question")
        return self.backend.trusted(certificate, trust=self.trust, at=int(at)).encode()


def _size(bits: bytes) -> int:
    if bits not in _BITS:
        raise Refusal("unknown_strength")
    return _BITS[bits]

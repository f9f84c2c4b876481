"""Certificates of СМЭВ that are believed, as they are kept: one text of PEM blocks, each certificate once."""

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Final

#: A certificate takes about two kilobytes; nobody believes a hundred of them.
LARGEST: Final = 200_000
_BLOCK: Final = re.compile(r"-----BEGIN CERTIFICATE-----\s*([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----")
_SEQUENCE: Final = 0x30


def certificates_in(data: bytes) -> tuple[bytes, ...]:
    """Every certificate of a file in DER, whether it is one in DER or some in PEM; raises ValueError."""
    if data[:1] == bytes([_SEQUENCE]):
        return (data,)
    try:
        found = [base64.b64decode("".join(block.split()), validate=True) for block in _BLOCK.findall(data.decode())]
    except (UnicodeDecodeError, binascii.Error) as error:
        raise ValueError("not a file of certificates") from error
    if not found or any(one[:1] != bytes([_SEQUENCE]) for one in found):
        raise ValueError("not a file of certificates")
    return tuple(dict.fromkeys(found))


def as_pem(certificates: Iterable[bytes]) -> str:
    """The text they are kept as."""
    return "".join(map(_block, dict.fromkeys(certificates)))


def _block(der: bytes) -> str:
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"

"""A vault whose master key lies in a file of this machine, beside no database."""

import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portal.connectors.sealing import derive, seal, unseal

_HEADER: Final = struct.Struct(">4sH")  # what it is, and the version of the key that sealed it
_MAGIC: Final = b"KLV1"
_NONE: Final[Mapping[int, bytes]] = MappingProxyType({})


class LocalVault:
    """Seals with the newest master key; opens with the one a thing was sealed with."""

    def __init__(self, master: bytes, *, version: int = 1, former: Mapping[int, bytes] = _NONE) -> None:
        masters = {**former, version: master}
        self._version = version
        self._keys = {number: derive(key, "vault") for number, key in masters.items()}

    def seal(self, plain: bytes, *, context: str) -> bytes:
        header = _HEADER.pack(_MAGIC, self._version)
        return header + seal(self._keys[self._version], plain, header + context.encode())

    def open(self, sealed: bytes, *, context: str) -> bytes:
        header, body = sealed[: _HEADER.size], sealed[_HEADER.size :]
        if len(header) < _HEADER.size or not header.startswith(_MAGIC):
            raise ValueError("not sealed by this vault")
        _, version = _HEADER.unpack(header)
        if version not in self._keys:
            raise ValueError(f"sealed with master key {version}, which is not here")
        return unseal(self._keys[version], body, header + context.encode())

    def stale(self, sealed: bytes) -> bool:
        """Whether it was sealed with a former master key and should be sealed again."""
        return not sealed.startswith(_HEADER.pack(_MAGIC, self._version))

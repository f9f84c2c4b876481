"""Which tokens are plugged in, and what they show without anybody's PIN."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pkcs11 import PKCS11Error, Token

from portal.connectors.token.contents import read_contents
from portal.connectors.token.library import Library, library, serial_of
from portal.connectors.token.memory import free_memory
from portal.connectors.token.objects import lenient_mapper
from portal.connectors.token.session import tries_of
from portal.connectors.token.store_lock import store_lock
from portal.connectors.token.translation import verdict_of
from portal.domain.contents import TokenContents, TokenSighting
from portal.ports.certificates import CertificateReader

#: A token is busy with being read for at most one part in this many: a slow one is read less often than it is seen.
READING_SHARE: Final = 20
#: Seconds to wait for a gap between writers of soft tokens; then the last look stands, if there was one.
PATIENCE: Final = 0.4


@dataclass(frozen=True, slots=True)
class _Reading:
    contents: TokenContents | None
    trouble: str
    due: float
    read_at: datetime


class Scanner:
    """Looks at the tokens of one library again and again; presence is always fresh, contents as fresh as is cheap.

    Sessions are read-only, without a PIN, and closed at once. Another process may be updating the same token: SoftHSM2
    bears it, and a hardware token shares its bus between processes by itself.
    """

    def __init__(self, module: str, reader: CertificateReader, *, where: str = "") -> None:
        self._module = module
        self._reader = reader
        self._where = where
        self._readings: dict[str, _Reading] = {}
        self._seen: tuple[TokenSighting, ...] | None = None

    def scan(self) -> tuple[TokenSighting, ...]:
        """Every token now; raises RefusalError when the library cannot be had, PKCS11Error when it fails as a whole.

        While soft tokens are being written to without a gap, what was seen last stands.
        """
        with store_lock().alone_within(PATIENCE) as alone:
            if alone or self._seen is None:
                self._seen = self._scanned()
        return self._seen

    def _scanned(self) -> tuple[TokenSighting, ...]:
        provider = library(self._module)
        provider.acquire()
        try:
            sightings = [self._sighting(token) for token in self._tokens(provider)]
        finally:
            provider.release()
        seen = {sighting.serial for sighting in sightings}
        self._readings = {serial: kept for serial, kept in self._readings.items() if serial in seen}
        return tuple(sorted(sightings, key=lambda one: one.serial))

    def _tokens(self, provider: Library) -> list[Token]:
        return list({serial_of(token): token for token in provider.tokens()}.values())

    def _sighting(self, token: Token) -> TokenSighting:
        serial = serial_of(token)
        reading = self._reading(serial, token)
        return TokenSighting(
            serial=serial,
            label=token.label,
            model=token.model,
            manufacturer=token.manufacturer_id,
            tries=tries_of(token),
            contents=reading.contents,
            free_memory=free_memory(self._module, token.slot.slot_id),
            where=self._where or token.slot.slot_description,
            trouble=reading.trouble,
            read_at=reading.read_at,
        )

    def _reading(self, serial: str, token: Token) -> _Reading:
        kept = self._readings.get(serial)
        began = time.monotonic()
        if kept and began < kept.due:
            return kept
        read_at = datetime.now(UTC)
        contents, trouble = _public_contents(token, serial, self._reader)
        ended = time.monotonic()
        fresh = _Reading(contents, trouble, ended + (ended - began) * READING_SHARE, read_at)
        self._readings[serial] = fresh
        return fresh


def scan(module: str, reader: CertificateReader) -> tuple[TokenSighting, ...]:
    """One look at the tokens of one library, in this process."""
    return Scanner(module, reader).scan()


def _public_contents(token: Token, serial: str, reader: CertificateReader) -> tuple[TokenContents | None, str]:
    try:
        session = token.open(attribute_mapper=lenient_mapper())
        try:
            return read_contents(session, serial, reader, signed_in=False), ""
        finally:
            session.close()
    except PKCS11Error as error:
        return None, verdict_of(error).trouble.value

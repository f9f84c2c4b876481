"""Whom we believe to be СМЭВ: certificates added from a file and taken away again."""

from dataclasses import dataclass, replace

from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.exchange_settings import ExchangeSettings
from portal.domain.exchange_trust import LARGEST, as_pem, certificates_in
from portal.ports.certificates import CertificateFacts, CertificateReader
from portal.services.exchange_settings import Exchange


@dataclass(frozen=True, slots=True)
class ExchangeTrust:
    """Keeps them among the settings of the connection."""

    exchange: Exchange
    reader: CertificateReader

    def certificates(self) -> tuple[CertificateFacts, ...]:
        """Those that are named, the one that ends first at the head."""
        settings, _version = self.exchange.settings()
        if settings is None or not settings.trusted:
            return ()
        facts = map(self.reader.certificate, certificates_in(settings.trusted.encode()))
        return tuple(sorted(facts, key=lambda one: one.not_after))

    def add(self, data: bytes, *, actor: str) -> int:
        """Believe what is in the file, too; answers how many certificates. Raises InvalidInput, Conflict."""
        settings, version = self._set()
        if len(data) > LARGEST:
            raise InvalidInput({"file": "too_long"})
        try:
            found = certificates_in(data)
            for one in found:
                self.reader.certificate(one)
        except ValueError as error:
            raise InvalidInput({"file": "not_certificates"}) from error
        known = certificates_in(settings.trusted.encode()) if settings.trusted else ()
        self._save(settings, (*known, *found), version, actor)
        return len(found)

    def remove(self, fingerprint: str, *, actor: str) -> None:
        """Believe this one no more; raises NotFound, Conflict."""
        settings, version = self._set()
        known = certificates_in(settings.trusted.encode()) if settings.trusted else ()
        left = tuple(one for one in known if self.reader.certificate(one).fingerprint != fingerprint)
        if len(left) == len(known):
            raise NotFound("trusted_certificate", id=fingerprint)
        self._save(settings, left, version, actor)

    def _set(self) -> tuple[ExchangeSettings, int]:
        settings, version = self.exchange.settings()
        if settings is None:
            raise Conflict("exchange_not_set")
        return settings, version

    def _save(self, settings: ExchangeSettings, certificates: tuple[bytes, ...], version: int, actor: str) -> None:
        changed = replace(settings, trusted=as_pem(certificates))
        self.exchange.save(changed, version=version, actor=actor)

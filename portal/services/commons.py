"""Common certificates of policies: kept sealed, opened only to be written to a token."""

import json
from base64 import b64decode, b64encode
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from portal.db.models import CommonCertificateVersion as Stored
from portal.db.transaction import Database
from portal.domain.policy import CommonCertificate
from portal.ports.certificates import CertificateReader
from portal.ports.vault import KeyMaterial, Vault


class Commons:
    """The port CommonCertificates, on sealed rows."""

    def __init__(self, database: Database, vault: Vault, reader: CertificateReader) -> None:
        self._database = database
        self._vault = vault
        self._reader = reader

    def open(self, name: str, version: int) -> KeyMaterial | None:
        """Certificate and key, or None when there is none of this name and version.

        Raises ValueError when the row was tampered with or the vault's key is another one.
        """
        query = select(Stored.sealed).where(Stored.name == name, Stored.version == version)
        with self._database.read() as connection:
            sealed = connection.execute(query).scalar_one_or_none()
        return None if sealed is None else _opened(self._vault.open(sealed, context=_context(name, version)))

    def add(
        self, connection: Connection, name: str, material: KeyMaterial, now: datetime, **beside: object
    ) -> CommonCertificate:
        """Keep the next version of a common certificate in the caller's transaction; ``beside`` is shown with it."""
        last = connection.execute(select(func.max(Stored.version)).where(Stored.name == name)).scalar_one()
        version = (last or 0) + 1
        facts = self._reader.certificate(material.certificate)
        sealed = self._vault.seal(_packed(material), context=_context(name, version))
        shown = {"fingerprint": facts.fingerprint, "subject": facts.subject[:500], "issuer": facts.issuer[:500]}
        ends = {"not_before": facts.not_before, "not_after": facts.not_after}
        own = {"name": name, "version": version, "sealed": sealed, "created_at": now}
        connection.execute(insert(Stored).values(**own, **shown, **ends, **beside))
        return CommonCertificate(name, version, facts.fingerprint)


def _context(name: str, version: int) -> str:
    return f"common:{name}:{version}"


def _packed(material: KeyMaterial) -> bytes:
    parts = {"certificate": material.certificate, "private_key": material.private_key}
    return json.dumps({name: b64encode(value).decode() for name, value in parts.items()}).encode()


def _opened(plain: bytes) -> KeyMaterial:
    parts = json.loads(plain)
    return KeyMaterial(b64decode(parts["certificate"]), b64decode(parts["private_key"]))

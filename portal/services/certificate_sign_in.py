"""Signing in with the certificate on a token: the portal wrote it there, so it knows whose it is."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from portal.db.base import AnyRow
from portal.db.models import Certificate, CertificatePlace, Connector, Device, Person
from portal.db.transaction import Database
from portal.domain.certificate import CertificateKind, Purpose, Revocation
from portal.domain.connector_fields import certificates_in
from portal.domain.connector_health import ConnectorState
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.device import UPDATABLE
from portal.domain.errors import OutsideUnavailable
from portal.domain.permissions import Role
from portal.domain.sign_in import SignInDenied, SignInWay
from portal.domain.sign_in import SignInTrouble as T
from portal.ports.certificate_authority import Authorities
from portal.ports.certificates import CertificateFacts, CertificateReader
from portal.ports.clock import Clock
from portal.services.connector_rows import StoredConnector, stored_connector
from portal.services.sessions import Proof, Sessions, Visitor
from portal.services.sign_in_accounts import SignInAccounts, account_row, refusal, unknown_password
from portal.services.sign_in_door import SignInDoor
from portal.services.welcoming import Guest

#: What an authority said of a certificate is believed for so long.
BELIEVED: Final = timedelta(minutes=1)
_MOST: Final = 10_000
_REVOKED: Final = {Revocation.REVOKED: T.REVOKED_CERTIFICATE, Revocation.ON_HOLD: T.HELD_CERTIFICATE}


@dataclass(slots=True)
class CertificateSignIn:
    """Whoever shows a certificate has proved in the handshake that he holds its key."""

    database: Database
    clock: Clock
    sessions: Sessions
    reader: CertificateReader
    authorities: Authorities
    _said: dict[str, tuple[datetime, Revocation]] = field(default_factory=dict, init=False)

    def place(self, name: str) -> str:
        """The address of the web server that asks for certificates; raises SignInDenied."""
        return self._row(name).plain["address"].rstrip("/")

    def finish(self, name: str, certificate: str, visitor: Visitor) -> str:
        """The token of a new session for whoever showed this certificate in PEM; raises SignInDenied."""
        door = SignInDoor(self.database, self.clock, self.sessions, name)
        door.take_try(visitor)
        try:
            guest = self._guest(self._row(name), certificate)
        except SignInDenied as denied:
            door.note(denied, visitor)
            raise
        return door.let_in(guest, visitor)

    def _row(self, name: str) -> StoredConnector:
        with self.database.read() as connection:
            row = stored_connector(connection, Connector.name == name)
        if row is None or row.kind is not ConnectorKind.SIGN_IN_CERTIFICATE or row.state is ConnectorState.PAUSED:
            raise SignInDenied(T.LOST)
        return row

    def _guest(self, row: StoredConnector, certificate: str) -> Guest:
        facts = self._read(certificate)
        found = self._known(facts)
        self._judge(found, facts)
        unknown_to_all = unknown_password()
        with self.database.begin() as connection:
            accounts = SignInAccounts(connection, row.name, self.clock.now())
            number = accounts.of_person(found.person, lambda before: before or Role.EMPLOYEE.value, unknown_to_all)
            account = account_row(connection, number)
            if (denied := refusal(row.plain, account)) is not None:
                raise denied
        return Guest(number, account.login, Proof(SignInWay.CERTIFICATE, row.name), {"serial": facts.serial})

    def _read(self, certificate: str) -> CertificateFacts:
        if not certificate:
            raise SignInDenied(T.NO_CERTIFICATE)
        try:
            [der] = certificates_in(certificate)
            return self.reader.certificate(der)
        except ValueError as error:
            raise SignInDenied(T.UNKNOWN_CERTIFICATE) from error

    def _known(self, facts: CertificateFacts) -> AnyRow:
        """The one that was written to a token of somebody; what we only watch, or gave to many, proves nothing."""
        query = (
            select(Certificate.ca, Certificate.serial, Certificate.purpose, Certificate.revocation)
            .add_columns(Device.state, Person.id.label("person"), Person.active)
            .join(Device, Device.id == Certificate.device_id)
            .outerjoin(Person, Person.id == Device.holder_id)
            .where(Certificate.fingerprint == facts.fingerprint, Certificate.kind == CertificateKind.MANAGED)
            .where(Certificate.status == CertificatePlace.WRITTEN)
        )
        with self.database.read() as connection:
            rows = connection.execute(query.limit(2)).all()
        if len(rows) != 1:
            raise SignInDenied(T.UNKNOWN_CERTIFICATE, serial=facts.serial)
        return rows[0]

    def _judge(self, found: AnyRow, facts: CertificateFacts) -> None:
        now = self.clock.now()
        troubles = (
            (now < facts.not_before, T.EARLY_CERTIFICATE),
            (now >= facts.not_after, T.EXPIRED_CERTIFICATE),
            (found.purpose is not Purpose.AUTHENTICATE, T.OTHER_CERTIFICATE),
            (found.state not in UPDATABLE or found.person is None, T.DISABLED_DEVICE),
            (found.person is not None and not found.active, T.CLOSED),
        )
        trouble = _REVOKED.get(found.revocation) or next((trouble for wrong, trouble in troubles if wrong), None)
        trouble = trouble or _REVOKED.get(self._asked(found, facts.fingerprint))
        if trouble is not None:
            raise SignInDenied(trouble, serial=facts.serial)

    def _asked(self, found: AnyRow, fingerprint: str) -> Revocation:
        """What its authority says now; while it cannot be asked, what is known here counts."""
        now = self.clock.now()
        known = self._said.get(fingerprint)
        if known is not None and now - known[0] < BELIEVED:
            return known[1]
        try:
            authority = self.authorities.get(found.ca)
            said = authority.status(found.serial) if authority is not None else Revocation.UNKNOWN
        except OutsideUnavailable:
            return Revocation.UNKNOWN
        if len(self._said) >= _MOST:
            self._said.clear()
        self._said[fingerprint] = now, said
        return said

"""Configured counterparts: what they are told, their sealed secrets, what people do about them."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.db.models import Connector, ConnectorSecret
from portal.db.queries.connectors import used_by
from portal.db.transaction import Database
from portal.db.upsert import upsert
from portal.domain.audit import AuditTag
from portal.domain.connector_fields import FieldKind, certificates_in
from portal.domain.connector_health import ConnectorState
from portal.domain.connector_kinds import KINDS, REGISTERS, ConnectorKind, KindSpec
from portal.domain.errors import Conflict, InvalidInput, NotFound, OutsideUnavailable
from portal.domain.ids import ConnectorId
from portal.ports.certificates import CertificateReader
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues
from portal.ports.vault import Vault
from portal.services.audit import record
from portal.services.connector_rows import StoredConnector, opened_secrets, sealed_secret, stored_connector

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
#: What one looks like that was not asked since it was last changed.
_NEVER: Final = ("failed_at", "answered_at", "next_try_at")
_UNTRIED: Final[dict[str, object]] = {"failures": 0, "trouble": "", "detail": "", **dict.fromkeys(_NEVER)}


@dataclass(frozen=True, slots=True)
class ConnectorDraft:
    """What was typed; a secret left empty stays as it was, unless ``forget`` names it."""

    kind: ConnectorKind
    name: str
    typed: Mapping[str, str] = field(repr=False)
    forget: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Connectors:
    """Keeps them; ``reserved`` names belong to what comes with the product."""

    database: Database
    clock: Clock
    vault: Vault
    reader: CertificateReader
    reserved: Collection[str] = ()

    def add(self, draft: ConnectorDraft, *, actor: str) -> ConnectorId:
        """A new one, active; raises InvalidInput by field."""
        values = self._wanted(draft)
        told = {"name": values.name, "kind": values.kind, "plain": dict(values.plain), "version": 1}
        stamp = {"state": ConnectorState.ACTIVE, "changed_by": actor, "changed_at": self.clock.now()}
        made = insert(Connector).values(**told, **stamp, **_UNTRIED).returning(Connector.id)
        try:
            with self.database.begin() as connection:
                number = ConnectorId(connection.execute(made).scalar_one())
                self._seal(connection, number, values.secrets)
                self._record(connection, AuditTag.CONNECTOR_ADDED, values.name, actor=actor, kind=values.kind.value)
        except IntegrityError as error:
            raise InvalidInput({"name": self._taken(values.kind)}) from error
        return number

    def _taken(self, kind: ConnectorKind) -> str:
        """Why there is no room for another one."""
        same = select(Connector.id).where(Connector.kind == kind)
        with self.database.read() as connection:
            there = kind in REGISTERS and connection.execute(same).first() is not None
        return "register_kind_taken" if there else "connector_name_taken"

    def _wanted(self, draft: ConnectorDraft) -> ConnectorValues:
        name = draft.name.strip()
        fault = "" if _NAME.fullmatch(name) else "bad_connector_name" if name else "required"
        if fault := fault or ("connector_name_taken" if name in self.reserved else ""):
            raise InvalidInput({"name": fault})
        return self._parted(draft, name, {})

    def change(self, number: ConnectorId, draft: ConnectorDraft, *, version: int, actor: str) -> None:
        """Tell it something else; raises InvalidInput by field, and Conflict when somebody was quicker."""
        with self.database.begin() as connection:
            before = _found(connection, number, hold=True)
            if before.version != version:
                raise Conflict("connector_changed", name=before.name, by=before.changed_by)
            known = self._known(connection, number)
            _refuse_to_carry_off(draft, before, known)
            values = self._parted(draft, before.name, known)
            told = {"plain": dict(values.plain), "version": version + 1, **_UNTRIED}
            stamp = {"changed_by": actor, "changed_at": self.clock.now()}
            connection.execute(update(Connector).where(Connector.id == number).values(told | stamp))
            self._forget(connection, number, set(known) - set(values.secrets))
            self._seal(
                connection, number, {one: text for one, text in values.secrets.items() if known.get(one) != text}
            )
            fields = ", ".join(_changed({**before.plain, **known}, values.all))
            self._record(connection, AuditTag.CONNECTOR_CHANGED, before.name, actor=actor, fields=fields)

    def pause(self, number: ConnectorId, *, actor: str) -> None:
        """Call out no more until it is resumed."""
        self._switch(number, ConnectorState.PAUSED, AuditTag.CONNECTOR_PAUSED, actor=actor)

    def resume(self, number: ConnectorId, *, actor: str) -> None:
        """Call out again, at once."""
        self._switch(number, ConnectorState.ACTIVE, AuditTag.CONNECTOR_RESUMED, actor=actor)

    def remove(self, number: ConnectorId, *, actor: str) -> None:
        """Take it away with its secrets; raises Conflict while something needs it."""
        with self.database.begin() as connection:
            name = _found(connection, number, hold=True).name
            if used := used_by(connection, name):
                by = ",".join(sorted({one.kind.value for one in used}))
                raise Conflict("connector_in_use", name=name, by=by)
            self._forget(connection, number, None)
            connection.execute(delete(Connector).where(Connector.id == number))
            self._record(connection, AuditTag.CONNECTOR_REMOVED, name, actor=actor)

    def values(self, number: ConnectorId) -> ConnectorValues:
        """What the way there is opened with; raises NotFound, and OutsideUnavailable when secrets cannot be opened."""
        with self.database.read() as connection:
            row = _found(connection, number)
            return ConnectorValues(row.kind, row.name, row.plain, opened_secrets(connection, self.vault, number))

    def _parted(self, draft: ConnectorDraft, name: str, known: Mapping[str, str]) -> ConnectorValues:
        """What was typed, with the secrets that stay; checked as the kind checks it."""
        spec = KINDS[draft.kind]
        typed = {one.name: draft.typed.get(one.name, "").strip() for one in spec.fields}
        kept = {one: text for one, text in known.items() if one in spec.secrets and one not in draft.forget}
        secrets = kept | {one: typed[one] for one in spec.secrets if typed[one]}
        plain = {one: text for one, text in typed.items() if one not in spec.secrets}
        spec.settings({**plain, **secrets})
        self._read_certificates(spec, plain)
        return ConnectorValues(draft.kind, name, plain, secrets)

    def _read_certificates(self, spec: KindSpec, plain: Mapping[str, str]) -> None:
        for one in (told.name for told in spec.fields if told.kind is FieldKind.CERTIFICATE):
            try:
                for der in certificates_in(plain[one]):
                    self.reader.certificate(der)
            except ValueError as error:
                raise InvalidInput({one: "bad_certificates"}) from error

    def _known(self, connection: Connection, number: ConnectorId) -> dict[str, str]:
        """Secrets nobody can open any more are as good as none: they have to be typed again."""
        try:
            return opened_secrets(connection, self.vault, number)
        except OutsideUnavailable:
            return {}

    def _switch(self, number: ConnectorId, state: ConnectorState, tag: AuditTag, *, actor: str) -> None:
        stamp = {"state": state, "next_try_at": None, "changed_by": actor, "changed_at": self.clock.now()}
        with self.database.begin() as connection:
            before = _found(connection, number, hold=True)
            if before.state is not state:
                connection.execute(update(Connector).where(Connector.id == number).values(stamp))
                self._record(connection, tag, before.name, actor=actor)

    def _seal(self, connection: Connection, number: ConnectorId, secrets: Mapping[str, str]) -> None:
        now = self.clock.now()
        for name, text in secrets.items():
            sealed = {"sealed": sealed_secret(self.vault, number, name, text), "set_at": now}
            upsert(connection, ConnectorSecret, {"connector_id": number, "field": name}, sealed)

    def _forget(self, connection: Connection, number: ConnectorId, names: Collection[str] | None) -> None:
        own = delete(ConnectorSecret).where(ConnectorSecret.connector_id == number)
        connection.execute(own if names is None else own.where(ConnectorSecret.field.in_(names)))

    def _record(self, connection: Connection, tag: AuditTag, name: str, *, actor: str, **said: str) -> None:
        record(connection, tag, actor=actor, subject=f"connector:{name}", now=self.clock.now(), **said)


def _found(connection: Connection, number: ConnectorId, *, hold: bool = False) -> StoredConnector:
    row = stored_connector(connection, Connector.id == number, hold=hold)
    if row is None:
        raise NotFound("connector", id=str(number))
    return row


def _refuse_to_carry_off(draft: ConnectorDraft, before: StoredConnector, known: Mapping[str, str]) -> None:
    """A password is told to the place it was typed for: whoever names another one has to know it."""
    fields = KINDS[before.kind].fields
    # an address that may be left out is of lists, and nobody signs in there
    places = (one.name for one in fields if one.kind is FieldKind.ADDRESS and one.required)
    if all(draft.typed.get(name, "").strip() == before.plain.get(name, "") for name in places):
        return
    told = (one.name for one in fields if one.kind is FieldKind.SECRET and one.name in known)
    if silent := [name for name in told if name not in draft.forget and not draft.typed.get(name, "").strip()]:
        raise InvalidInput(dict.fromkeys(silent, "secret_elsewhere"))


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterable[str]:
    names = sorted({*before, *after})
    return (name for name in names if before.get(name, "") != after.get(name, ""))

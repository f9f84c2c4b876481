"""Connectors as their pages show them, and what needs them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import Final

from sqlalchemy import Connection, String, cast, select

from portal.db.base import AnyRow
from portal.db.models import (
    IS_ACTIVE,
    Certificate,
    Connector,
    ConnectorSecret,
    DeviceOrder,
    OrderStatus,
    Policy,
    PolicyDraft,
    PolicyVersion,
    Registration,
    Update,
    UpdateStep,
)
from portal.domain.certificate import Revocation
from portal.domain.connector_health import ConnectorState, Health
from portal.domain.connector_kinds import REGISTERS, ConnectorKind
from portal.domain.errors import NotFound
from portal.domain.ids import ConnectorId


@unique
class UseKind(StrEnum):
    """What may need a connector."""

    POLICY = "policy"
    DRAFT = "draft"
    UPDATE = "update"
    ORDER = "order"
    CERTIFICATES = "certificates"
    DEVICES = "devices"


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that needs it; ``number`` is its own, 0 for certificates."""

    kind: UseKind
    name: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorRow:
    """One connector; ``policies`` are those in use that name it."""

    id: ConnectorId
    name: str
    kind: ConnectorKind
    state: ConnectorState
    health: Health
    policies: tuple[Use, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorCard:
    """One connector whole; of secrets only since when they are kept."""

    row: ConnectorRow
    plain: Mapping[str, str]
    secrets: Mapping[str, datetime]
    version: int
    changed_by: str
    changed_at: datetime
    uses: tuple[Use, ...]


_HEALTH: Final = (
    *(Connector.failures, Connector.trouble, Connector.detail),
    *(Connector.failed_at, Connector.answered_at, Connector.next_try_at),
)
_ROWS: Final = select(Connector.id, Connector.name, Connector.kind, Connector.state, *_HEALTH).order_by(Connector.name)
_CARD: Final = _ROWS.add_columns(Connector.plain, Connector.version, Connector.changed_by, Connector.changed_at)
_BODIES: Final = (
    select(Policy.id, Policy.name, PolicyVersion.body)
    .join(PolicyVersion, (PolicyVersion.policy_id == Policy.id) & (PolicyVersion.version == Policy.current_version))
    .where(Policy.withdrawn_at.is_(None))
    .order_by(Policy.name)
)
_DRAFTS: Final = select(PolicyDraft.id, PolicyDraft.body).where(PolicyDraft.closed_as == "").order_by(PolicyDraft.id)


def connector_rows(connection: Connection) -> tuple[ConnectorRow, ...]:
    """Every connector by name."""
    found = connection.execute(_ROWS).all()
    named = _named_by_policies(connection) if found else {}
    return tuple(_row(one, named) for one in found)


def policies_of(connection: Connection, name: str) -> tuple[Use, ...]:
    """Policies in use whose templates name this authority, be it a connected one or not."""
    return _named_by_policies(connection).get(name, ())


def troubled_connectors(connection: Connection) -> tuple[ConnectorRow, ...]:
    """Those that did not answer when last asked."""
    failing = _ROWS.where(Connector.failures > 0, Connector.state == ConnectorState.ACTIVE)
    return tuple(_row(one, {}) for one in connection.execute(failing))


def connector_card(connection: Connection, number: ConnectorId) -> ConnectorCard:
    """One of them; raises NotFound."""
    found = connection.execute(_CARD.where(Connector.id == number)).one_or_none()
    if found is None:
        raise NotFound("connector", id=str(number))
    own = ConnectorSecret.connector_id == number
    secrets = connection.execute(select(ConnectorSecret.field, ConnectorSecret.set_at).where(own))
    return ConnectorCard(
        row=_row(found, _named_by_policies(connection)),
        plain=found.plain,
        secrets={one.field: one.set_at for one in secrets},
        version=found.version,
        changed_by=found.changed_by,
        changed_at=found.changed_at,
        uses=used_by(connection, found.name),
    )


def used_by(connection: Connection, name: str) -> tuple[Use, ...]:
    """Everything that would lose its counterpart: policies, drafts, and what was issued and may have to be revoked."""
    kind = connection.execute(select(Connector.kind).where(Connector.name == name)).scalar()
    called = _called(name, kind)
    drafts = (
        Use(UseKind.DRAFT, str(_value(row.body).get("name", "")), row.id)
        for row in connection.execute(_DRAFTS)
        if called in _named_in(row.body)
    )
    register = REGISTERS.get(kind) if kind is not None else None
    owed = _owed(connection, name) if register is None else _owed_devices(connection, register.value)
    return (*_named_by_policies(connection).get(called, ()), *drafts, *owed)


def _owed(connection: Connection, name: str) -> Iterator[Use]:
    """What is under way with it, and whether certificates of it are alive."""
    yield from _under_way(connection, "ca", name)
    alive = (Certificate.ca == name) & (Certificate.revocation != Revocation.REVOKED)
    if connection.execute(select(Certificate.id).where(alive).limit(1)).scalar() is not None:
        yield Use(UseKind.CERTIFICATES)


def _owed_devices(connection: Connection, register: str) -> Iterator[Use]:
    """What is under way with a register, and whether it knows devices, which nobody could take away any more."""
    yield from _under_way(connection, "register", register)
    if connection.execute(select(Registration.device_id).where(Registration.register == register).limit(1)).first():
        yield Use(UseKind.DEVICES)


def _under_way(connection: Connection, member: str, name: str) -> Iterator[Use]:
    asks = cast(UpdateStep.step, String).contains(f'"{member}": "{name}"', autoescape=True)
    run = select(Update.id).join(UpdateStep, UpdateStep.update_id == Update.id).where(IS_ACTIVE, asks)
    if (update := connection.execute(run.limit(1)).scalar()) is not None:
        yield Use(UseKind.UPDATE, str(update), update)
    told = (DeviceOrder.target == name) & (DeviceOrder.status == OrderStatus.PENDING)
    if (order := connection.execute(select(DeviceOrder.id).where(told).limit(1)).scalar()) is not None:
        yield Use(UseKind.ORDER, str(order), order)


def _named_by_policies(connection: Connection) -> dict[str, tuple[Use, ...]]:
    found: dict[str, list[Use]] = {}
    for row in connection.execute(_BODIES):
        for name in _named_in(row.body):
            found.setdefault(name, []).append(Use(UseKind.POLICY, row.name, row.id))
    return {name: tuple(uses) for name, uses in found.items()}


def _named_in(body: dict[str, object]) -> frozenset[str]:
    """Authorities by their names, registers as no connector can be called."""
    value = _value(body)
    templates, registers = value.get("templates"), value.get("registers")
    authorities = {str(one["key"]["ca"]) for one in templates} if isinstance(templates, list) else set()
    return frozenset(authorities | {f":{one}" for one in registers} if isinstance(registers, list) else authorities)


def _called(name: str, kind: ConnectorKind | None) -> str:
    """As what policies name it."""
    register = REGISTERS.get(kind) if kind is not None else None
    return name if register is None else f":{register.value}"


def _value(body: dict[str, object]) -> dict[str, object]:
    value = body.get("value")
    return value if isinstance(value, dict) else {}


def _row(row: AnyRow, named: Mapping[str, tuple[Use, ...]]) -> ConnectorRow:
    return ConnectorRow(
        id=ConnectorId(row.id),
        name=row.name,
        kind=row.kind,
        state=row.state,
        health=health_of(row),
        policies=named.get(_called(row.name, row.kind), ()),
    )


def health_of(row: AnyRow) -> Health:
    """How it answers, of a row that has these columns."""
    return Health(row.failures, row.trouble, row.detail, row.failed_at, row.answered_at, row.next_try_at)

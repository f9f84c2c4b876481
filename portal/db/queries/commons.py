"""Common certificates as their pages show them: versions, policies that carry them, devices that have them yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, func, select

from portal.db.base import AnyRow, AnySelect
from portal.db.models import IS_TROUBLED, Certificate, CertificatePlace, Device, DeviceFinding, Policy, PolicyVersion
from portal.db.models import CommonCertificateVersion as Stored
from portal.db.queries.device_rows import device_rows
from portal.db.queries.paging import Count, Page, capped_count, cut, decode, encode
from portal.db.queries.views import DeviceRow
from portal.db.reach import devices_within
from portal.domain.device import UPDATABLE
from portal.domain.errors import NotFound
from portal.domain.findings import UpdateReason
from portal.domain.ids import PolicyId
from portal.domain.reach import EVERYTHING, Reach

_KEY_LENGTH = 16
_SHOWN = 15
#: Findings that say a device does not have the version its policy carries; another certificate may be missing too.
_LACKS = (
    UpdateReason.COMMON_ADDED,
    UpdateReason.COMMON_REPLACED,
    UpdateReason.CONTENT_MISSING,
    UpdateReason.OPTIONAL_AVAILABLE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonVersion:
    """One version; ``devices`` have it on their tokens."""

    version: int
    fingerprint: str
    subject: str
    issuer: str
    key_kind: str
    chain: tuple[str, ...]
    not_before: datetime | None
    not_after: datetime
    added_by: str
    added_at: datetime
    devices: Count


@dataclass(frozen=True, slots=True)
class CarryingPolicy:
    """A policy that carries it, and which version."""

    id: PolicyId
    name: str
    version: int
    optional: bool


@dataclass(frozen=True, slots=True)
class CommonCard:
    """A common certificate: versions newest first; of ``wanted`` devices under its policies ``left`` lack it."""

    key: str
    name: str
    versions: tuple[CommonVersion, ...]
    policies: tuple[CarryingPolicy, ...]
    wanted: int
    left: int

    @property
    def newest(self) -> CommonVersion:
        return self.versions[0]

    @property
    def waiting(self) -> bool:
        """Whether a policy carries an older version than the newest."""
        return any(policy.version != self.newest.version for policy in self.policies)


def key_of(name: str) -> str:
    """What stands for the name in addresses."""
    return sha256(name.encode()).hexdigest()[:_KEY_LENGTH]


def list_commons(connection: Connection, *, reach: Reach = EVERYTHING) -> tuple[CommonCard, ...]:
    """Every common certificate by name; devices are counted within reach."""
    names = connection.execute(select(Stored.name).distinct().order_by(Stored.name)).scalars().all()
    carried = _carried(connection)
    return tuple(_card(connection, name, carried.get(name, ()), reach) for name in names)


def common_card(connection: Connection, key: str, *, reach: Reach = EVERYTHING) -> CommonCard:
    """One of them, its devices counted within reach; raises NotFound."""
    names = connection.execute(select(Stored.name).distinct()).scalars().all()
    name = next((one for one in names if key_of(one) == key), None)
    if name is None:
        raise NotFound("common", id=key)
    return _card(connection, name, _carried(connection).get(name, ()), reach)


def devices_left(
    connection: Connection, card: CommonCard, *, after: str | None = None, reach: Reach = EVERYTHING
) -> Page[DeviceRow]:
    """One page of the devices that lack it, in order of registration."""
    if not card.policies:
        return Page((), None, Count(0))
    query = _lacking(card.name, card.policies).where(*devices_within(reach))
    page = query if after is None else query.where(Device.id > decode(after, int)[0])
    rows, more = cut(connection.execute(page.order_by(Device.id).limit(_SHOWN + 1)).scalars().all(), _SHOWN)
    place = encode(rows[-1]) if more else None
    return Page(device_rows(connection, rows), place, capped_count(connection, query))


def _carried(connection: Connection) -> dict[str, tuple[CarryingPolicy, ...]]:
    query = select(Policy.id, Policy.name, PolicyVersion.body).where(Policy.withdrawn_at.is_(None))
    acting = (PolicyVersion.policy_id == Policy.id) & (PolicyVersion.version == Policy.current_version)
    found: dict[str, list[CarryingPolicy]] = {}
    for row in connection.execute(query.join(PolicyVersion, acting).order_by(Policy.name)):
        for one in row.body["value"].get("commons", []):
            policy = CarryingPolicy(PolicyId(row.id), row.name, one["version"], bool(one.get("optional")))
            found.setdefault(one["name"], []).append(policy)
    return {name: tuple(policies) for name, policies in found.items()}


def _card(connection: Connection, name: str, policies: Sequence[CarryingPolicy], reach: Reach) -> CommonCard:
    rows = connection.execute(_VERSIONS.where(Stored.name == name).order_by(Stored.version.desc())).all()
    versions = tuple(_version(connection, row, reach) for row in rows)
    wanted = left = 0
    if policies:
        numbers = [policy.id for policy in policies]
        within = devices_within(reach)
        under = select(func.count()).select_from(Device).where(Device.effective_policy_id.in_(numbers), *within)
        under = under.where(Device.state.in_(sorted(UPDATABLE)))
        # whose holder left is not updated, and has no findings: it neither has the certificate nor lacks it
        idle = connection.execute(under.where(IS_TROUBLED)).scalar_one()
        wanted = connection.execute(under).scalar_one() - idle
        lacking = _lacking(name, policies).where(*within).subquery()
        left = connection.execute(select(func.count()).select_from(lacking)).scalar_one()
    return CommonCard(key_of(name), name, versions, tuple(policies), wanted, left)


def _lacking(name: str, policies: Sequence[CarryingPolicy]) -> AnySelect:
    own = DeviceFinding
    numbers = [policy.id for policy in policies]
    query = select(Device.id).distinct().join(own, own.device_id == Device.id)
    return query.where(own.reason.in_(_LACKS), own.subject == name, Device.effective_policy_id.in_(numbers))


_VERSIONS = select(
    *(Stored.version, Stored.fingerprint, Stored.subject, Stored.issuer, Stored.key_kind, Stored.chain),
    *(Stored.not_before, Stored.not_after, Stored.added_by, Stored.created_at),
)


def _version(connection: Connection, row: AnyRow, reach: Reach) -> CommonVersion:
    own = Certificate
    have = select(own.id).where(own.fingerprint == row.fingerprint, own.status == CertificatePlace.WRITTEN)
    if not reach.everything:
        have = have.join(Device, Device.id == own.device_id).where(*devices_within(reach))
    return CommonVersion(
        version=row.version,
        fingerprint=row.fingerprint,
        subject=row.subject,
        issuer=row.issuer,
        key_kind=row.key_kind,
        chain=tuple(row.chain),
        not_before=row.not_before,
        not_after=row.not_after,
        added_by=row.added_by,
        added_at=row.created_at,
        devices=capped_count(connection, have),
    )

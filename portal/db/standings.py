"""Kits and standings of devices as rows: written with every review, read by the rules about a whole fleet."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Final

from sqlalchemy import BigInteger, BindParameter, Boolean, Connection, bindparam, case, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from portal.db.models import Device, DeviceStanding, KitRow, Person
from portal.db.prepared import Prepared
from portal.domain.certificate import Purpose, TemplateKey
from portal.domain.ids import PolicyId
from portal.domain.kits import Kit, digest
from portal.domain.peculiarities import REGISTER_BITS, registered_bits

#: The kit of every device whose holder is not there any more.
NO_KIT: Final = 0
_NUMBERS: Final[BindParameter[Any]] = bindparam("numbers", expanding=True)
_BODIES: Final = select(KitRow.id, KitRow.body).where(KitRow.id.in_(_NUMBERS))
#: Kits never change, and their numbers are the same in every database.
_known: Final[dict[int, Kit]] = {}


@lru_cache(maxsize=4096)
def kit_number(kit: Kit) -> int:
    """The number of the kit: made of what it holds."""
    return digest(repr(_body(kit)))


def kit_row(kit: Kit) -> dict[str, Any]:
    """The row of ``kits``."""
    return {"id": kit_number(kit), "body": _body(kit)}


def store_kits(connection: Connection, kits: Collection[Kit]) -> None:
    """Write down those that are not there yet."""
    if kits:
        _statements(connection.dialect.name)[0].run_all(connection, [kit_row(kit) for kit in set(kits)])


def store_standings(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Replace the standings of devices: b_device, b_held, b_kit and b_windows of each."""
    _statements(connection.dialect.name)[1].run_all(connection, rows)


def kits(connection: Connection, numbers: Collection[int]) -> dict[int, Kit]:
    """The kits with these numbers."""
    missing = [number for number in numbers if number not in _known]
    if missing:
        for row in connection.execute(_BODIES, {"numbers": missing}):
            _known[row.id] = _kit(row.body)
    return {number: _known[number] for number in numbers if number in _known}


@cache
def _statements(dialect: str) -> tuple[Prepared, Prepared]:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    device, kit, windows = (bindparam(f"b_{name}", type_=BigInteger()) for name in ("device", "kit", "windows"))
    unit = case((bindparam("b_held", type_=Boolean()), Person.unit_id))
    found = select(Device.id, Device.holder_id, unit, kit, windows).outerjoin(Person, Person.id == Device.holder_id)
    names = ("device_id", "holder_id", "unit_id", "kit", "windows")
    standing = insert(DeviceStanding).from_select(names, found.where(Device.id == device))
    values = {name: standing.excluded[name] for name in names[1:]}
    other = or_(*(getattr(DeviceStanding, name).is_distinct_from(value) for name, value in values.items()))
    return (
        Prepared(insert(KitRow).on_conflict_do_nothing()),
        Prepared(standing.on_conflict_do_update(index_elements=["device_id"], set_=values, where=other)),
    )


def _body(kit: Kit) -> list[Any]:
    templates = [[key.ca, key.ca_template, key.purpose] for key in kit.templates]
    return [kit.applied, registered_bits(frozenset(kit.registered)), templates, [list(one) for one in kit.commons]]


def _kit(body: list[Any]) -> Kit:
    applied, registered, templates, commons = body
    return Kit(
        None if applied is None else PolicyId(applied),
        tuple(sorted(register for register, bit in REGISTER_BITS.items() if registered & bit)),
        tuple(TemplateKey(ca, ca_template, Purpose(purpose)) for ca, ca_template, purpose in templates),
        tuple((name, fingerprint) for name, fingerprint in commons),
    )

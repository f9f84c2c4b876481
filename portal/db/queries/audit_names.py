"""What lines of the audit log tell of by number, under the names people know."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from sqlalchemy import BindParameter, Connection, bindparam, select

from portal.db.base import AnySelect
from portal.db.models import Device, Group, Person, Policy, Unit, Update, UpdateStep
from portal.domain import codec
from portal.domain.update_steps import Step


class Told(Protocol):
    """As much of a line as names are looked up for."""

    @property
    def subject(self) -> str: ...

    @property
    def particulars(self) -> Mapping[str, str | int]: ...


@dataclass(frozen=True, slots=True)
class AuditNames:
    """``things`` by what the log calls them, ``device:7``; steps by the number of their run and their own."""

    things: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[tuple[int, int], Step] = field(default_factory=dict)


NO_NAMES: Final = AuditNames()
_NUMBERS: Final[BindParameter[int]] = bindparam("numbers", expanding=True)
#: A number and a name, of each kind there is a name for; a run goes by the serial number of its device.
_NAMES: Final[Mapping[str, AnySelect]] = {
    "device": select(Device.id, Device.serial).where(Device.id.in_(_NUMBERS)),
    "person": select(Person.id, Person.name).where(Person.id.in_(_NUMBERS)),
    "policy": select(Policy.id, Policy.name).where(Policy.id.in_(_NUMBERS)),
    "unit": select(Unit.id, Unit.name).where(Unit.id.in_(_NUMBERS)),
    "group": select(Group.id, Group.name).where(Group.id.in_(_NUMBERS)),
    "update": select(Update.id, Device.serial)
    .join(Device, Device.id == Update.device_id)
    .where(Update.id.in_(_NUMBERS)),
}


def names_of(connection: Connection, lines: Iterable[Told]) -> AuditNames:
    """The names of everything these lines tell of; what is gone has none."""
    lines = tuple(lines)
    wanted: dict[str, set[int]] = defaultdict(set)
    for line in lines:
        for kind, number in _told(line):
            wanted[kind].add(number)
    things = {
        f"{kind}:{row[0]}": row[1]
        for kind, numbers in wanted.items()
        for row in connection.execute(_NAMES[kind], {"numbers": sorted(numbers)})
    }
    return AuditNames(things, _steps(connection, lines))


def step_told(line: Told) -> tuple[int, int] | None:
    """The run and the step a line is about."""
    kind, _colon, run = line.subject.partition(":")
    number = line.particulars.get("step")
    return (int(run), number) if kind == "update" and run.isdecimal() and isinstance(number, int) else None


def _told(line: Told) -> Iterator[tuple[str, int]]:
    about, _colon, subject = line.subject.partition(":")
    for kind, number in ((about, subject), *((name, str(value)) for name, value in line.particulars.items())):
        if kind in _NAMES and number.isascii() and number.isdecimal() and len(number) < 19:  # noqa: PLR2004
            yield kind, int(number)


def _steps(connection: Connection, lines: Iterable[Told]) -> dict[tuple[int, int], Step]:
    wanted = {told for line in lines if (told := step_told(line))}
    if not wanted:
        return {}
    runs, numbers = ({one[place] for one in wanted} for place in (0, 1))
    own = UpdateStep
    query = select(own.update_id, own.seq, own.step).where(own.update_id.in_(runs), own.seq.in_(numbers))
    found = {}
    for row in connection.execute(query):
        try:
            found[row.update_id, row.seq] = codec.from_json(Step, row.step)
        except codec.CodecError:  # a step of another version: its number has to do
            continue
    return found

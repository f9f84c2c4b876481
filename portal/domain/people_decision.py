"""What an import would do, as values: who is new, who changes and in what, and what is wrong in which cell."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256

from portal.domain.person_data import Attributes

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is in the directory already; ``manager`` is a folded login.

    ``owned`` names what another directory outside tells of him: that is not changed here.
    """

    id: int
    attributes: Attributes
    unit: Path
    groups: frozenset[str]
    manager: str
    active: bool
    owned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Present:
    """What the file is compared with: people by folded login, all logins a manager may have, units and groups."""

    people: Mapping[str, Known]
    logins: Collection[str]
    units: Collection[Path]
    groups: Collection[str]


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that cannot be used: the line, the column as the file calls it, what stood there, and why."""

    line: int
    column: str
    value: str
    code: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person as he would be. ``changed`` names what differs from before; of somebody new it is empty."""

    line: int
    attributes: Attributes
    unit: Path
    groups: frozenset[str]
    manager: str
    active: bool
    known: Known | None = None
    changed: tuple[str, ...] = ()

    @property
    def login(self) -> str:
        """By which he is recognised."""
        return self.attributes["login"]

    def digest(self) -> str:
        """Everything that is known of him and wanted, in short: another one as soon as anything differs."""
        stands = (self.known.id, sorted(self.known.attributes.items())) if self.known else ()
        rest = (self.unit, sorted(self.groups), self.manager, self.active, self.changed)
        told = repr((self.line, sorted(self.attributes.items()), rest, stands))
        return sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything an import would do."""

    added: tuple[Wanted, ...] = ()
    changed: tuple[Wanted, ...] = ()
    unchanged: int = 0
    faults: tuple[Fault, ...] = ()
    units: tuple[Path, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def wrong(self) -> int:
        """How many lines cannot be used."""
        return len({fault.line for fault in self.faults})


def others_told(one: Wanted, known: Known) -> dict[str, str]:
    """What changes beside attributes, as people read it."""
    found: dict[str, str] = {}
    if one.unit != known.unit:
        found["unit"] = f"{' / '.join(known.unit)} → {' / '.join(one.unit)}"
    if one.manager != known.manager:
        found["manager"] = f"{known.manager or '—'} → {one.manager or '—'}"
    if one.groups != known.groups:
        parts = [f"+ {name}" for name in sorted(one.groups - known.groups)]
        found["groups"] = ", ".join([*parts, *(f"− {name}" for name in sorted(known.groups - one.groups))])
    if one.active != known.active:
        found["active"] = "+" if one.active else "−"
    return found

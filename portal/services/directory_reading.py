"""A directory outside taken over part by part: units, people, groups, and last of all who left.

Each part is one transaction. Whoever begins anew after a worker died finds done what was done, and goes on from there:
the cursor moves only when everything is in.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection

from portal.domain.directory_sync import Leave, LinkKind, SyncEvent, SyncFault
from portal.ports.directory import DirectorySource, GroupEntry, Reading, UnitEntry
from portal.services.directory_groups import (
    drop_groups,
    follow_units,
    move_units,
    set_managers,
    take_group,
    which_would_go,
)
from portal.services.directory_leaving import There, people_there, switch_off, who_would_leave
from portal.services.directory_links import Follower, followers, hash_of
from portal.services.directory_people import take_people
from portal.services.directory_run import Line, SyncRun

_PART = 500


class Stopped(Exception):  # noqa: N818  it says what happened
    """The synchronization would do more harm than it may without being asked."""

    def __init__(self, fault: SyncFault, detail: str = "") -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.detail = detail


@dataclass(slots=True)
class Taking:
    """One synchronization; ``confirmed``: so many may leave because somebody said so."""

    run: SyncRun
    source: DirectorySource
    confirmed: int
    seen: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    disabled: set[str] = field(default_factory=set)

    def take(self, cursor: str) -> str:
        """Take everything over; answers where the next one goes on. Raises Stopped, OutsideUnavailable, Overtaken."""
        units = [unit for page in self.source.units() for unit in page]
        self.run.part(lambda connection, now: move_units(connection, self.run, units, now))
        reading = self.source.read("" if self.run.whole else cursor)
        self._people(reading)
        self._leave(reading)
        self._groups(reading)
        self.run.part(lambda connection, _now: self._settle(connection, units))
        return reading.cursor

    def _people(self, reading: Reading) -> None:
        for page in reading.pages:
            if reading.whole:
                self.seen.update(person.key for person in page.people)
            self.gone.update(page.gone)
            self.gone.difference_update(person.key for person in page.people)

            def work(connection: Connection, now: datetime) -> list[Line]:
                lines, disabled = take_people(connection, self.run, page.people, now)  # noqa: B023  done at once
                self.disabled |= disabled
                return lines

            self.run.part(work, seen=len(page.people))

    def _leave(self, reading: Reading) -> None:
        """Last, and only if they are not too many: whoever is wrongly told to be gone loses most."""
        with self.run.database.read() as connection:
            there = people_there(connection, self.run)
        gone = self._gone(reading, there)
        disabled = self.disabled & there.keys() - gone
        if reading.whole and not self.seen and there:
            raise Stopped(SyncFault.EMPTY, str(len(there)))
        self._not_too_many(there, gone, disabled)
        for event, keys in ((SyncEvent.DISABLED, disabled), (SyncEvent.GONE, gone)):
            self._switch_off([there[key].person for key in sorted(keys)], event)

    def _not_too_many(self, there: dict[str, There], gone: set[str], disabled: set[str]) -> None:
        """Neither of those who are active nor of all of them, whose devices may be revoked as well."""
        active = {key for key, one in there.items() if one.active}
        leaves = [Leave(len(some), len((gone | disabled) & some)) for some in (active, there.keys())]
        leave = next((one for one in leaves if one.too_many(self.run.settings.most_leaving, self.confirmed)), None)
        if leave is None:
            return
        events = {**dict.fromkeys(gone, SyncEvent.GONE), **dict.fromkeys(disabled, SyncEvent.DISABLED)}
        leaving = {there[key].person: event for key, event in events.items()}
        self.run.part(lambda connection, _now: who_would_leave(connection, leaving))
        raise Stopped(SyncFault.TOO_MANY, f"{leave.leaving} / {leave.known}")

    def _gone(self, reading: Reading, there: dict[str, There]) -> set[str]:
        if reading.whole:
            return there.keys() - self.seen
        if reading.tells_gone:
            return there.keys() & self.gone
        present = {key for page in self.source.keys() for key in page}  # noqa: SIM118  no mapping
        self.seen = present
        if there and not present:
            raise Stopped(SyncFault.EMPTY, str(len(there)))
        return there.keys() - present

    def _switch_off(self, people: Collection[int], event: SyncEvent) -> None:
        for some in _parts(people):
            self.run.part(lambda connection, now: switch_off(connection, self.run, some, event, now=now))  # noqa: B023

    def _groups(self, reading: Reading) -> None:
        with self.run.database.read() as connection:
            links = followers(connection, self.run.connector, LinkKind.GROUP)
        found: set[str] = set()
        everything = reading.whole or self.run.newcomers
        changed: list[GroupEntry] = []
        for page in self.source.groups():
            found.update(group.key for group in page)
            changed += [group for group in page if everything or _differs(group, links.get(group.key))]
        lost = [link for key, link in links.items() if key not in found]
        if Leave(len(links), len(lost)).too_many(self.run.settings.most_leaving, self.confirmed):
            self.run.part(lambda connection, _now: which_would_go(connection, lost))
            raise Stopped(SyncFault.GROUPS, f"{len(lost)} / {len(links)}")
        for group in changed:
            self._group(group)
        if lost:
            self.run.part(lambda connection, now: drop_groups(connection, self.run, lost, now))

    def _group(self, group: GroupEntry) -> None:
        members = {hash_of(name) for names in self.source.members(group) for name in names}
        self.run.part(lambda connection, now: take_group(connection, self.run, group, members, now=now))

    def _settle(self, connection: Connection, units: Collection[UnitEntry]) -> list[Line]:
        follow_units(connection, self.run, units)
        set_managers(connection, self.run)
        return []


def _differs(group: GroupEntry, link: Follower | None) -> bool:
    return link is None or not group.mark or link.mark != group.mark[:64]


def _parts(people: Collection[int]) -> Iterator[list[int]]:
    rest = iter(people)
    while some := list(islice(rest, _PART)):
        yield some

"""What authorities revoked on their own: learnt from their lists, so that nobody has to ask before a device is due."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from portal.db.models import Certificate, Device
from portal.db.transaction import Database
from portal.domain.certificate import Revocation
from portal.domain.errors import OutsideUnavailable
from portal.ports.certificate_authority import Authorities, RevocationLister
from portal.ports.clock import Clock

AT_ONCE = 500
_log = logging.getLogger(__name__)


class Revocations:
    """Follows each authority from where it was left; a restart begins with everything, which changes nothing twice."""

    def __init__(
        self, database: Database, clock: Clock, authorities: Authorities, names: Callable[[], Iterable[str]]
    ) -> None:
        self._database = database
        self._clock = clock
        self._authorities = authorities
        self._names = names
        self._marks = dict[str, int]()

    def follow(self) -> int:
        """Write down what is new and let the monitor look at the devices; answers how many certificates changed."""
        return sum(self._follow_if_there(name) for name in self._names())

    def _follow_if_there(self, name: str) -> int:
        try:
            return self._follow(name)
        except OutsideUnavailable:  # the others are followed all the same, and this one from where it was left
            _log.warning("revocations of %s are not known: it does not answer", name)
            return 0

    def _follow(self, name: str) -> int:
        authority: object = self._authorities.get(name)
        if not isinstance(authority, RevocationLister):
            return 0
        mark, said = authority.revoked_since(self._marks.get(name, 0))
        changed = sum(self._write(name, status, serials) for status, serials in _by_status(said).items())
        self._marks[name] = mark
        return changed

    def _write(self, name: str, status: Revocation, serials: Iterable[str]) -> int:
        changed = 0
        for some in _batches(sorted(serials)):
            with self._database.begin() as connection:
                changed += _mark(connection, _Said(name, status, some), self._clock.now())
        return changed


class _Said(NamedTuple):
    ca: str
    status: Revocation
    serials: Sequence[str]


def _mark(connection: Connection, said: _Said, now: datetime) -> int:
    status = said.status
    ours = (Certificate.ca == said.ca, Certificate.serial.in_(said.serials), Certificate.revocation != status)
    devices = list(connection.execute(select(Certificate.device_id).where(*ours)).scalars())
    if devices:
        connection.execute(update(Certificate).where(*ours).values(revocation=status))
        connection.execute(update(Device).where(Device.id.in_(devices)).values(next_check_at=now))
    return len(devices)


def _by_status(said: Mapping[str, Revocation]) -> dict[Revocation, list[str]]:
    groups: dict[Revocation, list[str]] = {}
    for serial, status in said.items():
        groups.setdefault(status, []).append(serial)
    return groups


def _batches(serials: Sequence[str]) -> Iterable[Sequence[str]]:
    return (serials[start : start + AT_ONCE] for start in range(0, len(serials), AT_ONCE))

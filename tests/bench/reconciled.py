"""A whole reconciliation, stage by stage, with an authority that knows every certificate of the fleet."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from sqlalchemy import delete, insert, select

from portal.connectors.clock import SystemClock
from portal.connectors.x509 import X509Reader
from portal.db.beside import beside
from portal.db.models import Certificate, DeviceContents, DriftFinding, ReconciliationRound
from portal.db.transaction import Database
from portal.domain.certificate import CertificateKind, Revocation
from portal.domain.drift import Stage
from portal.domain.outcomes import Absent
from portal.ports.certificate_authority import CertificateOrder, IssuedPage, ListedCertificate
from portal.ports.certificates import CertificateReader
from portal.ports.clock import Clock
from portal.services.reconciliation.looking import Looking
from portal.services.reconciliation.rounds import Rounds
from portal.services.step_context import Outside

_PAGE: Final = 2000
_MANAGED: Final = Certificate.kind == CertificateKind.MANAGED
_OWN: Final = ReconciliationRound
_COUNTED: Final = (_OWN.listed, _OWN.certificates, _OWN.devices.label("tokens"))


def reconciled(database: Database) -> Iterator[dict[str, object]]:
    """The rows of the figures; what was found is forgotten before and after."""
    _forget(database)
    _as_if_asked(database)
    began = time.process_time()
    with database.read() as connection:
        for query in (
            select(Certificate.id, Certificate.serial, Certificate.revocation),
            select(DeviceContents.contents),
        ):
            for _ in connection.execute(query).yield_per(_PAGE):
                pass
    floor = time.process_time() - began
    yield {"what": "reconciliation: each row read once (floor)", "cpu": round(floor, 3)}
    stages = _stages(database)
    for name, stage in stages.items():
        yield {"what": f"reconciliation: {name}", **stage.told()}
    with database.read() as connection:
        done = connection.execute(select(*_COUNTED).order_by(_OWN.id.desc()).limit(1)).one()
    worked = sum(stage.cpu for stage in stages.values())
    yield {"what": "reconciliation", **done._mapping, "cpu": round(worked, 3), "over_floor": round(worked / floor, 2)}
    _forget(database)


def _as_if_asked(database: Database) -> None:
    """The last round asked about every order: the journal of a generated fleet keeps no answers."""
    now = datetime.now(UTC)
    times = {"began_at": now, "finished_at": now, "orders_to": now}
    with database.begin() as connection:
        connection.execute(insert(_OWN).values(ordered_by="bench", stage=Stage.FINDINGS, faults={}, **times))


@dataclass(slots=True)
class _Stage:
    """What the pieces of one stage took."""

    pieces: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    longest: float = 0.0

    def told(self) -> dict[str, object]:
        """As a row of figures."""
        taken = {"seconds": round(self.seconds, 3), "cpu": round(self.cpu, 3), "longest_piece": round(self.longest, 3)}
        return {"pieces": self.pieces, **taken}


def _stages(database: Database) -> dict[str, _Stage]:
    outside = cast("Outside", _Reached(_All(database), X509Reader(), SystemClock()))
    with database.read() as connection:
        names = list(connection.execute(select(Certificate.ca).where(_MANAGED).distinct()).scalars())
    rounds, found = Rounds(Looking(database, outside), lambda: names), dict[str, _Stage]()
    rounds.begin(actor="bench")
    while (stage := _under_way(database)) is not None:
        mine = found.setdefault(stage, _Stage())
        began, worked = time.perf_counter(), time.process_time()
        rounds.advance()
        taken = time.perf_counter() - began
        mine.pieces += 1
        mine.seconds += taken
        mine.cpu += time.process_time() - worked
        mine.longest = max(mine.longest, taken)
    return found


def _under_way(database: Database) -> str | None:
    with database.read() as connection:
        stage = connection.execute(select(_OWN.stage).where(_OWN.running.is_(True))).scalar()
    return None if stage is None else str(stage.value)


def _forget(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(delete(_OWN))
        connection.execute(delete(DriftFinding))


@dataclass(frozen=True, slots=True)
class _Known:
    """An authority that issued what our rows say, and calls it as they do."""

    database: Database
    name: str

    def standings(self, serials: Sequence[str]) -> Mapping[str, Revocation]:
        """Every one is good but those our rows call otherwise."""
        mine = (Certificate.ca == self.name, Certificate.serial.in_(serials))
        query = select(Certificate.serial, Certificate.revocation).where(*mine)
        said = dict.fromkeys(serials, Revocation.GOOD)
        with self.database.read() as connection:
            return said | {row.serial: row.revocation for row in connection.execute(query)}

    def issued_since(self, mark: str) -> IssuedPage:
        """All of it, by the numbers of our rows."""
        mine = (Certificate.id > int(mark or 0), beside(Certificate.ca) == self.name)
        query = select(Certificate.id, Certificate.serial).where(*mine)
        with self.database.read() as connection:
            rows = list(connection.execute(query.order_by(Certificate.id).limit(_PAGE)))
        long_ago = datetime.now(UTC) - timedelta(days=9)
        listed = tuple(ListedCertificate(row.serial, b"", long_ago) for row in rows)
        return IssuedPage(listed, str(rows[-1].id) if len(rows) == _PAGE else "")

    def effect_of(self, _order: CertificateOrder) -> Absent:
        """It never heard of orders that were not answered."""
        return Absent()


@dataclass(frozen=True, slots=True)
class _All:
    """Such authorities, whatever they are called."""

    database: Database

    def get(self, name: str) -> _Known:
        """The one of this name."""
        return _Known(self.database, name)


@dataclass(frozen=True, slots=True)
class _Reached:
    """What a reconciliation reaches outside."""

    authorities: _All
    reader: CertificateReader
    clock: Clock

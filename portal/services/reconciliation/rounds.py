"""One look at everything, in pieces: where it goes on is written down with what was seen, so anybody may go on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from portal.db.base import AnyRow
from portal.db.models import DriftFinding, ReconciliationRound
from portal.domain.audit import AuditTag
from portal.domain.drift import LONGEST_ISSUE, DriftState, Stage
from portal.domain.errors import Conflict, OutsideUnavailable
from portal.services.audit import record
from portal.services.reconciliation.book import write_seen
from portal.services.reconciliation.debts import debts_piece
from portal.services.reconciliation.drifts import Piece
from portal.services.reconciliation.lists import Lists
from portal.services.reconciliation.looking import Looking
from portal.services.reconciliation.orders import Orders
from portal.services.reconciliation.rows import Rows
from portal.services.reconciliation.tokens import Tokens

EVERY: Final = timedelta(days=1)
#: Whoever took a piece up and is silent for longer has died of it.
LEASE: Final = timedelta(minutes=5)
FINDINGS_AT_ONCE: Final = 20
#: Findings of one transaction, should very many be found at once: others want to write, too.
WRITTEN_AT_ONCE: Final = 250
ACTOR: Final = "sweeper"
_OWN: Final = ReconciliationRound
_LOOKED: Final = {
    Stage.ORDERS: "orders",
    Stage.LISTS: "listed",
    Stage.CERTIFICATES: "certificates",
    Stage.TOKENS: "devices",
}


@dataclass(frozen=True, slots=True)
class Rounds:
    """Any number of processes may drive a round; each piece is done by one."""

    looking: Looking
    names: Callable[[], Iterable[str]]

    def follow(self) -> int:
        """Begin a round once a day, and go on with the one that is under way; answers what it opened."""
        if self._due():
            self._begin_quietly()
        return self.advance() or 0

    def begin(self, *, actor: str) -> int:
        """Begin a round now; raises Conflict ``reconciliation_running`` beside one that is under way."""
        now = self.looking.outside.clock.now()
        try:
            with self.looking.database.begin() as connection:
                values = {"ordered_by": actor, "running": True, "began_at": now, "stage": Stage.DEBTS}
                reached = {"orders_from": _asked_up_to(connection), "orders_to": now - LONGEST_ISSUE, "faults": {}}
                added = insert(_OWN).values(**values, **reached).returning(_OWN.id)
                number = int(connection.execute(added).scalar_one())
                subject = f"reconciliation:{number}"
                record(connection, AuditTag.RECONCILIATION_BEGUN, actor=actor, subject=subject, now=now)
        except IntegrityError as problem:
            raise Conflict("reconciliation_running") from problem
        return number

    def advance(self) -> int | None:
        """Do the next piece of the round under way; answers what it opened, None when nobody is to do anything."""
        row = self._take()
        if row is None:
            return None
        place, opened = self._piece(row), 0
        now, drifts = self.looking.outside.clock.now(), place.piece.drifts
        while True:
            part, drifts = drifts[:WRITTEN_AT_ONCE], drifts[WRITTEN_AT_ONCE:]
            with self.looking.database.begin() as connection:
                if not _still_mine(connection, row):
                    return opened  # somebody else has gone on with it: the rest was seen in vain
                opened += write_seen(connection, part, now)
                after = {"opened": row.opened + opened} if drifts else _after(row, place, opened)
                connection.execute(update(_OWN).where(_OWN.id == row.id).values(**after))
                if not drifts and place.stage is None:
                    _finish(connection, row, now)
            if not drifts:
                return opened

    def _piece(self, row: AnyRow) -> "_Place":
        database, outside = self.looking.database, self.looking.outside
        match row.stage:
            case Stage.DEBTS:
                piece = debts_piece(database, row.mark, outside.clock.now())
            case Stage.ORDERS:
                piece = Orders(database, outside).piece(row.mark, row.orders_from, row.orders_to)
            case Stage.LISTS:
                return self._list(row)
            case Stage.CERTIFICATES:
                piece = Rows(database, outside).piece(row.mark)
            case Stage.TOKENS:
                piece = Tokens(database, outside.clock).piece(row.mark)
            case _:
                piece = self._unseen(row)
        return _Place(piece, row.stage if piece.mark else row.stage.following)

    def _list(self, row: AnyRow) -> "_Place":
        """The authorities one after the other, by name."""
        ca = row.ca if row.mark else next((name for name in sorted(self.names()) if name > row.ca), "")
        if not ca:
            return _Place(Piece(), Stage.LISTS.following)
        try:
            piece = Lists(self.looking.database, self.looking.outside).piece(ca, row.mark)
        except OutsideUnavailable as error:
            piece = Piece(faults={ca: error.code})
        return _Place(piece, Stage.LISTS, ca)

    def _unseen(self, row: AnyRow) -> Piece:
        """Findings this round has not seen: each is looked at by itself, and closed when nothing is left of it."""
        own = DriftFinding
        mine = (own.state != DriftState.CLOSED, own.seen_at < row.began_at, own.id > int(row.mark or 0))
        with self.looking.database.read() as connection:
            query = select(own.id).where(*mine).order_by(own.id).limit(FINDINGS_AT_ONCE)
            numbers = list(connection.execute(query).scalars())
        closed = sum(self.looking.again(number) is False for number in numbers)
        return Piece(looked=closed, mark=str(numbers[-1]) if len(numbers) == FINDINGS_AT_ONCE else "")

    def _take(self) -> AnyRow | None:
        now = self.looking.outside.clock.now()
        free = or_(_OWN.lease_until.is_(None), _OWN.lease_until <= now)
        with self.looking.database.read() as connection:  # nothing to do is told without a lock
            if connection.execute(select(_OWN.id).where(_OWN.running.is_(True), free)).first() is None:
                return None
        take = update(_OWN).where(_OWN.running.is_(True), free)
        take = take.values(lease_until=now + LEASE, fence=_OWN.fence + 1)
        with self.looking.database.begin() as connection:
            return connection.execute(take.returning(*_OWN.__table__.columns)).one_or_none()

    def _due(self) -> bool:
        newest = select(_OWN.began_at, _OWN.running).order_by(_OWN.id.desc()).limit(1)
        with self.looking.database.read() as connection:
            last = connection.execute(newest).first()
        return last is None or (not last.running and last.began_at <= self.looking.outside.clock.now() - EVERY)

    def _begin_quietly(self) -> None:
        try:
            self.begin(actor=ACTOR)
        except Conflict:  # another sweeper was quicker
            return


@dataclass(frozen=True, slots=True)
class _Place:
    """What a piece came back with, and where the next one begins: no stage when everything was looked at."""

    piece: Piece
    stage: Stage | None
    ca: str = ""


def _after(row: AnyRow, place: _Place, opened: int) -> dict[str, object]:
    piece = place.piece
    values: dict[str, object] = {
        "lease_until": None,
        "stage": place.stage or row.stage,
        "ca": place.ca,
        "mark": piece.mark,
        "opened": row.opened + opened,
        "strangers": row.strangers + piece.strangers,
        "faults": {**row.faults, **piece.faults},
        "missed": row.missed or (row.stage is Stage.ORDERS and bool(piece.faults)),
    }
    column = _LOOKED.get(row.stage)
    if column is not None:
        values[column] = getattr(row, column) + piece.looked
    if row.stage is Stage.FINDINGS:
        values["closed"] = row.closed + piece.looked
    return values


def _still_mine(connection: Connection, row: AnyRow) -> bool:
    mine = (_OWN.id == row.id, _OWN.fence == row.fence, _OWN.running.is_(True))
    return connection.execute(select(_OWN.id).where(*mine).with_for_update()).first() is not None


def _finish(connection: Connection, row: AnyRow, now: object) -> None:
    connection.execute(update(_OWN).where(_OWN.id == row.id).values(running=None, finished_at=now))


def _asked_up_to(connection: Connection) -> object:
    """Where the last round that could ask about every order came to."""
    whole = select(_OWN.orders_to).where(_OWN.finished_at.is_not(None), _OWN.missed.is_(False))
    return connection.execute(whole.order_by(_OWN.id.desc()).limit(1)).scalar()

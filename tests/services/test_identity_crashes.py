"""Killed before or after any commit and any effect: every register is asked once, every answer counts once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Connection

from portal.db.transaction import Database
from portal.domain.identity_check import Verdict
from portal.domain.outcomes import Done
from portal.ports.identity_check import IdentityOrder
from tests.services.identity_bureau import BOTH, Bureau
from tests.services.test_identity_checks import VALIDITY
from tests.support.office import Office


class PowerCut(BaseException):
    """The process is gone."""


@dataclass
class Fuse:
    """Cuts the power at the given moment; ``passed`` are the moments there were."""

    at: int = -1
    passed: list[str] = field(default_factory=list)

    def pass_by(self, moment: str) -> None:
        self.passed.append(moment)
        if len(self.passed) - 1 == self.at:
            raise PowerCut(moment)


class Fused(Database):
    """A database whose commits are moments, too."""

    fuse: Fuse

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with super().begin() as connection:
            yield connection
            self.fuse.pass_by("before commit")
        self.fuse.pass_by("after commit")


def live(bureau: Bureau, fuse: Fuse) -> None:
    """One process asks and takes until the power is cut or there is nothing left to do."""
    bureau.exchange.hook = fuse.pass_by
    bureau.ask()
    bureau.registers_answer()
    bureau.take()


def reborn(bureau: Bureau) -> None:
    """A new process, some time later."""
    bureau.exchange.hook = lambda _: None
    bureau.office.clock.advance(minutes=5)
    bureau.ask()
    bureau.registers_answer()
    bureau.take()


@pytest.fixture
def bureau(office: Office) -> Bureau:
    office.database.__class__ = Fused
    office.database.fuse = Fuse()  # type: ignore[attr-defined]
    return Bureau(office)


def test_every_moment(bureau: Bureau) -> None:
    """The moments are counted by a run in which nothing happens; then each of them is the last one once."""
    moments = _run(bureau, -1)
    assert {"before send", "after send", "before confirm", "after confirm", "after commit"} <= set(moments)
    for moment in range(len(moments)):
        bureau.exchange.__init__()  # type: ignore[misc]
        bureau.office.clock.advance(days=31)
        _run(bureau, moment)


def _run(bureau: Bureau, at: int) -> list[str]:
    fuse = Fuse(at)
    bureau.office.database.fuse = Fuse()  # type: ignore[attr-defined]
    number = bureau.start()
    bureau.office.database.fuse = fuse  # type: ignore[attr-defined]
    if at < 0:
        live(bureau, fuse)
    else:
        with pytest.raises(PowerCut):
            live(bureau, fuse)
    bureau.office.database.fuse = Fuse()  # type: ignore[attr-defined]
    reborn(bureau)
    assert bureau.verdict(number) is Verdict.CONFIRMED
    assert len(bureau.exchange.taken) == len(BOTH)
    assert bureau.exchange.queue == []
    order = IdentityOrder(f"n{at}", bureau.person, BOTH, VALIDITY)
    assert isinstance(bureau.verdicts.check(order), Done)
    ours = [row for row in bureau.answers() if row.question_id in {q.id for q in bureau.questions(number).values()}]
    assert len(ours) == len(BOTH)
    assert all(row.acknowledged_at for row in ours)
    return fuse.passed

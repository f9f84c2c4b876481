"""A run that a person ended leaves nothing valid at the authority that nobody knows, however late it is issued."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.db.models import Certificate, UpdateStep
from portal.db.transaction import Database
from portal.domain import codec
from portal.domain.audit import AuditTag
from portal.domain.ids import UpdateId
from portal.domain.outcomes import Refused
from portal.domain.update_state import UpdateStatus
from portal.ports.token import Pin
from portal.services.debts import LONGEST_PAUSE, Debts, pause_after
from portal.services.steps import HANDLERS
from portal.services.update_requests import note_giving_up
from portal.services.update_runner import RunnerRules, UpdateRunner
from tests.services.runs_in_trouble import DOWN
from tests.services.test_stopping import Stubborn
from tests.support.engine import CA, PIN, SERIAL, WHOLE_ISSUE, Engine
from tests.support.ledgers import Ledger

SILENT = replace(DOWN, permanent=True)
ORDERED = 3


@dataclass
class Affair:
    """An engine on fakes whose journal and debts lie in a real database."""

    engine: Engine
    ledger: Ledger
    update: UpdateId

    def advance(self) -> UpdateStatus | None:
        engine = self.engine
        engine.clock.advance(minutes=15)
        engine.tickets.keep(self.update, SERIAL, Pin(PIN))
        return UpdateRunner(self.ledger.journal, HANDLERS, engine.outside, RunnerRules("one")).advance(self.update)

    def give_up(self) -> None:
        with self.ledger.database.begin() as connection:
            note_giving_up(connection, self.update, comment="", actor="admin", now=self.engine.clock.now())

    def settle(self) -> int:
        """One turn of the sweeper, when the next look is due for sure."""
        self.engine.clock.advance(minutes=15)
        return Debts(self.ledger.debts, HANDLERS, self.engine.outside).settle()

    def owed(self) -> bool:
        return self.ledger.steps(self.update)[ORDERED - 1].owed_at is not None

    def certificates(self) -> list[tuple[str, str]]:
        query = select(Certificate.serial, Certificate.revocation).where(Certificate.update_id == self.update)
        with self.ledger.database.read() as connection:
            return [(row.serial, row.revocation.value) for row in connection.execute(query)]


@pytest.fixture
def affair(database: Database) -> Affair:
    """A run whose request went to an authority that decides later; nobody could tell, and a person ended it."""
    engine, ledger = Engine(WHOLE_ISSUE), Ledger(database)
    affair = Affair(engine, ledger, ledger.order(ledger.device(SERIAL), WHOLE_ISSUE))
    engine.authorities.by_name[CA] = Stubborn(engine.ca)
    engine.nature.oddities["ca.decides"] = ["decides"]
    engine.nature.lost["ca.request"] = [DOWN]
    assert affair.advance() is UpdateStatus.WAITING
    engine.nature.troubles["ca.effect_of"] = [SILENT]
    assert affair.advance() is UpdateStatus.STUCK
    affair.give_up()
    return affair


def ended(affair: Affair, *answers: Refused) -> None:
    """The authority answered so while the run went back, or decides still; the run ends all the same."""
    affair.engine.nature.troubles["ca.effect_of"] = list(answers)
    if not answers:
        affair.engine.nature.oddities["ca.decides"] = ["decides"]
    assert affair.advance() is UpdateStatus.FAILED
    assert affair.engine.token.keys == {}
    assert affair.owed()


@pytest.mark.parametrize("answers", [(), (DOWN,), (SILENT,)], ids=["decides", "away", "silent"])
def test_what_is_issued_after_the_run_is_revoked(affair: Affair, answers: tuple[Refused, ...]) -> None:
    ended(affair, *answers)
    assert affair.settle() == 1
    ((_, certificate),) = affair.engine.ca.ledger
    assert affair.engine.ca.revoked == {certificate.serial}
    assert affair.certificates() == [(certificate.serial, "revoked")]
    assert not affair.owed()
    assert affair.ledger.tags(affair.update)[-1] == (AuditTag.STEP_UNDONE, ORDERED)
    assert affair.ledger.chain_holds()
    assert affair.ledger.row(affair.update).status is UpdateStatus.FAILED


def test_what_is_never_issued_is_owed_no_more(affair: Affair) -> None:
    ended(affair, DOWN)
    affair.engine.ca.refused_orders.add("order-0")
    assert affair.settle() == 1
    assert affair.engine.ca.ledger == []
    assert not affair.owed()


def test_an_authority_that_takes_requests_back_is_asked_to(affair: Affair) -> None:
    ended(affair, DOWN)
    affair.engine.authorities.by_name[CA] = affair.engine.ca
    affair.engine.nature.oddities["ca.decides"] = ["decides"]
    assert affair.settle() == 1
    assert affair.engine.ca.open_orders == {}
    assert affair.engine.ca.ledger == []


def test_while_it_decides_or_is_away_it_is_asked_again_later(affair: Affair) -> None:
    ended(affair, DOWN)
    affair.engine.nature.oddities["ca.decides"] = ["decides", "decides"]
    affair.engine.nature.troubles["ca.revoke"] = [DOWN]
    assert [affair.settle() for _ in range(5)] == [0, 0, 0, 1, 0]
    assert len(affair.engine.ca.revoked) == 1
    assert len(affair.certificates()) == 1


def test_nobody_asks_before_the_next_look_is_due(affair: Affair) -> None:
    ended(affair, DOWN)
    affair.engine.nature.oddities["ca.decides"] = ["decides"]
    assert affair.settle() == 0
    affair.engine.clock.advance(seconds=59)
    debts = Debts(affair.ledger.debts, HANDLERS, affair.engine.outside)
    assert debts.settle() == 0
    affair.engine.clock.advance(seconds=1)
    assert debts.settle() == 1


def test_a_sweeper_that_dies_after_the_revocation_leaves_it_owed(affair: Affair) -> None:
    ended(affair, DOWN)
    affair.engine.nature.lost["ca.revoke"] = [DOWN]
    assert affair.settle() == 0
    assert affair.owed()
    assert affair.settle() == 1
    assert len(affair.certificates()) == 1


def test_a_run_given_up_that_died_on_its_way_back_owes_too(affair: Affair) -> None:
    dies = affair.ledger.journal.claim(
        affair.update, owner="dies", now=affair.engine.clock.now(), lease=timedelta(seconds=15)
    )
    assert dies is not None
    assert affair.advance() is UpdateStatus.FAILED
    assert affair.owed()
    assert (AuditTag.STEP_OWED, ORDERED) in affair.ledger.tags(affair.update)
    assert affair.settle() == 1


def test_what_another_version_left_keeps_nobody_waiting(affair: Affair) -> None:
    ended(affair, DOWN)
    strange = codec.to_json(replace(WHOLE_ISSUE[ORDERED - 1], version=99))
    where = (UpdateStep.update_id == affair.update, UpdateStep.seq == ORDERED)
    with affair.ledger.database.begin() as connection:
        connection.execute(update(UpdateStep).where(*where).values(step=strange))
    assert affair.settle() == 0
    assert affair.owed()
    assert affair.engine.ca.ledger == []


def test_patience_grows_to_a_quarter_of_an_hour() -> None:
    assert [pause_after(looks) for looks in (0, 1, 2)] == [timedelta(minutes=m) for m in (1, 2, 4)]
    assert pause_after(40) == LONGEST_PAUSE

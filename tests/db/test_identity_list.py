"""The list of identity checks holds what passes its filter and nothing else, page by page, on both databases."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Final

import pytest
from sqlalchemy import insert, select

from portal.db import reach as reaching
from portal.db.models import IdentityApplication, IdentityQuestion, Person
from portal.db.queries import paging
from portal.db.queries.identity import CheckFilter, CheckRow, list_checks
from portal.db.queries.identity_overview import checks_overview
from portal.db.transaction import Database
from portal.domain.identity_check import UNHAPPY, CheckState, IdentityService, Verdict
from portal.domain.reach import EVERYTHING, Reach
from portal.seed.fleet import generate_fleet
from tests.support.clock import NOON

SEVEN: Final = 7
SERVICES: Final = (None, IdentityService.SNILS, IdentityService.LEGAL_ENTITY, IdentityService.INN)
BECAME: Final = (CheckFilter(), CheckFilter(unsettled=True), *(CheckFilter(verdict=one) for one in Verdict))
STATES: Final = {Verdict.PENDING: CheckState.SENT}


@pytest.fixture
def checks(database: Database) -> Database:
    """Sixty checks of all sorts; every seventh asks about an organisation, too."""
    generate_fleet(database, people=20, devices=20, seed=5, now=NOON)
    with database.begin() as connection:
        people = list(connection.execute(select(Person.id).order_by(Person.id)).scalars())
        for number in range(60):
            verdict = list(Verdict)[number % 5]
            services = [IdentityService.SNILS, *([IdentityService.LEGAL_ENTITY] if number % SEVEN == 0 else [])]
            row = {"person_id": people[number % len(people)], "services": services, "verdict": verdict}
            times = {"created_at": NOON + timedelta(minutes=number), "superseded_at": NOON if number % 3 == 0 else None}
            added = insert(IdentityApplication).values(**row, **times, ordered_by="operator")
            application = connection.execute(added.returning(IdentityApplication.id)).scalar_one()
            asked = {"application_id": application, "state": STATES.get(verdict) or CheckState(verdict.value)}
            rows = [{**asked, "service": service, "wake_at": NOON} for service in services]
            connection.execute(insert(IdentityQuestion), rows)
    return database


@pytest.fixture(params=["few", "many"])
def _either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reach that drives the query, and one that is tested; a register asked seldom, and one asked often."""
    if request.param == "many":
        monkeypatch.setattr(reaching, "FEW", 0)
        monkeypatch.setattr(paging, "COUNT_LIMIT", 3)


def passes(row: CheckRow, wanted: CheckFilter) -> bool:
    if wanted.unsettled and not (row.verdict in UNHAPPY and row.superseded_at is None):
        return False
    if wanted.verdict is not None and row.verdict is not wanted.verdict:
        return False
    return wanted.service is None or wanted.service in {one.service for one in row.registers}


def every_page(database: Database, wanted: CheckFilter, reach: Reach) -> list[CheckRow]:
    found: list[CheckRow] = []
    after: str | None = None
    while True:
        with database.read() as connection:
            page = list_checks(connection, wanted, after=after, size=17, reach=reach)
        found += page.items
        after = page.after
        if after is None:
            return found


@pytest.mark.usefixtures("_either")
def test_what_passes_is_listed_in_order_and_nothing_else(checks: Database) -> None:
    with checks.read() as connection:
        unit = connection.execute(select(Person.unit_id).order_by(Person.id).limit(1)).scalar_one()
        inside = set(connection.execute(select(Person.id).where(Person.unit_id == unit)).scalars())
    for reach in (EVERYTHING, Reach(units=frozenset({unit}))):
        whole = [
            row for row in every_page(checks, CheckFilter(), EVERYTHING) if reach.everything or row.person_id in inside
        ]
        for became, service, oldest in product(BECAME, SERVICES, (False, True)):
            wanted = replace(became, service=service, oldest=oldest)
            expected = [row.id for row in (reversed(whole) if oldest else whole) if passes(row, wanted)]
            assert [row.id for row in every_page(checks, wanted, reach)] == expected, wanted


@pytest.mark.usefixtures("_either")
def test_the_first_page_counts_the_same(checks: Database) -> None:
    whole = every_page(checks, CheckFilter(), EVERYTHING)
    waiting = [row for row in whole if row.verdict is Verdict.PENDING and row.superseded_at is None]
    with checks.read() as connection:
        found = checks_overview(connection)
    assert found.oldest == min(row.created_at for row in waiting)
    for count, rows in ((found.waiting, waiting), (found.unsettled, [row for row in whole if passes(row, BECAME[1])])):
        assert count.number == (len(rows) if not count.more else 3)


def test_one_person_and_the_words_he_is_found_by(checks: Database) -> None:
    whole = every_page(checks, CheckFilter(), EVERYTHING)
    somebody = whole[0]
    same = [row.id for row in whole if row.person_id == somebody.person_id]
    assert [row.id for row in every_page(checks, CheckFilter(person=somebody.person_id), EVERYTHING)] == same
    found = every_page(checks, CheckFilter(text=somebody.person), EVERYTHING)
    assert set(same) <= {row.id for row in found}
    assert every_page(checks, CheckFilter(text="никого-с-таким-словом"), EVERYTHING) == []

"""The people of the demonstration and the book of its stand: each check ends as it is told."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portal.bootstrap import Portal, build
from portal.db import schema
from portal.domain.exchange_settings import ExchangeSettings, Transport, faults
from portal.domain.identity_check import CheckState, IdentityService, demanded_fields
from portal.domain.identity_numbers import snils_fault
from portal.seed import cast
from portal.seed.identity import CITIZENS, Citizen, connect_to_stand, write_book
from portal.settings import Settings
from tests.support.smev_stand import RunningStand, running_stand
from tests.support.smev_talk import meaning, question, received, sent

SERVICES = (IdentityService.PASSPORT, IdentityService.SNILS)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStand]:
    folder = tmp_path_factory.mktemp("demo-stand")
    write_book(folder / "book.json")
    with running_stand(folder, "--book", str(folder / "book.json")) as running:
        yield running


def results(stand: RunningStand, citizen: Citizen) -> list[CheckState | None]:
    """How each register answers at once; None when it does not."""
    found: list[CheckState | None] = []
    exchange = stand.by_adapter()
    for service in SERVICES:
        number = question(service, citizen.claim)
        sent(exchange, number)
        if stand.state()["waiting"] == 0 and exchange.next_answer() is None:
            found.append(None)
            continue
        answer = received(exchange)
        found.append(CheckState.NOT_FOUND if answer.rejects else meaning(answer, service, citizen.claim).result)
    return found


def test_there_is_one_for_each_ending(stand: RunningStand) -> None:
    confirmed, refuted, not_found = CheckState.CONFIRMED, CheckState.REFUTED, CheckState.NOT_FOUND
    expected = {
        cast.BELOZYOROVA: [confirmed, confirmed],
        cast.GROMOV: [refuted, confirmed],
        cast.ZIMIN: [confirmed, not_found],
        cast.KOTOVA: [None, None],
    }
    assert {one.role: results(stand, one) for one in CITIZENS} == expected
    stand.release()
    late = CITIZENS[-1].claim
    exchange = stand.by_adapter()
    assert {meaning(received(exchange), service, late).result for service in SERVICES} == {confirmed}


@pytest.mark.parametrize("citizen", CITIZENS, ids=lambda one: one.role.login)
def test_their_claims_are_whole(citizen: Citizen) -> None:
    assert snils_fault(citizen.snils) == ""
    assert demanded_fields(SERVICES) <= {"passport", "snils", "sex"}


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    settings = Settings.from_env({"KLYUCHNIK_DATA_DIR": str(tmp_path)})
    schema.upgrade(settings.database_url)
    made = build(settings)
    with made.database:
        yield made


def test_the_portal_is_connected_unless_it_is_connected_to_something_else(portal: Portal, tmp_path: Path) -> None:
    connect_to_stand(portal, 7575, tmp_path / "sign.socket")
    settings, version = portal.exchange.settings()
    assert settings is not None
    assert (settings.transport, faults(settings)) == (Transport.DIRECT, {})
    connect_to_stand(portal, 7575, tmp_path / "sign.socket")
    assert portal.exchange.settings() == (settings, version)
    connect_to_stand(portal, 7576, tmp_path / "sign.socket")
    moved, version = portal.exchange.settings()
    assert moved == replace(settings, address="http://127.0.0.1:7576/smev/v1.3/ws")
    real: ExchangeSettings = replace(settings, system="AK-1", address="https://smev.example/ws")
    portal.exchange.save(real, version=version, actor="admin")
    connect_to_stand(portal, 7577, tmp_path / "sign.socket")
    assert portal.exchange.settings()[0] == real


def test_the_book_is_plain(tmp_path: Path) -> None:
    write_book(tmp_path / "a" / "book.json")
    assert len(json.loads((tmp_path / "a" / "book.json").read_text())) == len(CITIZENS) + 1

"""Trying the connection against the stand, over both of its faces: what a person sees of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.bootstrap import Portal, build
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.db import schema
from portal.domain.exchange_settings import ExchangeSettings, Transport
from portal.services.exchange_trial import TrialStep, Tried
from portal.settings import Settings
from tests.support.smev_stand import RunningStand

ALL = [(step, True) for step in TrialStep]


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    settings = Settings.from_env({"KLYUCHNIK_DATA_DIR": str(tmp_path)})
    schema.upgrade(settings.database_url)
    made = build(settings)
    yield made
    made.database.close()


def tried(portal: Portal, settings: ExchangeSettings) -> list[Tried]:
    portal.exchange.save(settings, version=portal.exchange.settings()[1], actor="administrator")
    return list(portal.exchange_trial.try_all(actor="administrator"))


def outcome(found: list[Tried]) -> list[tuple[TrialStep, bool]]:
    return [(one.step, one.well) for one in found]


def test_the_adapter(portal: Portal, stand: RunningStand) -> None:
    assert outcome(tried(portal, stand.settings())) == ALL
    (message,) = stand.state()["messages"]
    assert message["service"] == "snils"


def test_the_direct_way(portal: Portal, stand: RunningStand, signer: SidecarSigner) -> None:
    found = tried(portal, stand.settings(Transport.DIRECT, signer.path))
    assert outcome(found) == ALL
    assert found[1].code == "signs"
    watch = portal.exchange_watch.state()
    assert watch is not None
    assert watch.own_until is not None
    assert watch.down_since is None


def test_a_refusal_names_its_fault_and_what_helps(portal: Portal, stand: RunningStand) -> None:
    stand.goes_wrong("fault:AccessDenied", where="send")
    found = tried(portal, stand.settings())
    assert outcome(found) == [*ALL[:2], (TrialStep.SEND, False)]
    assert (found[-1].detail, found[-1].rule) == ("AccessDenied", "configuration")


def test_a_queue_that_does_not_answer(portal: Portal, stand: RunningStand) -> None:
    stand.goes_wrong("http:503", where="get")
    found = tried(portal, stand.settings())
    assert outcome(found) == [*ALL[:3], (TrialStep.QUEUE, False)]
    assert found[-1].code == "silent"


def test_nobody_there(portal: Portal, stand: RunningStand, tmp_path: Path) -> None:
    settings = stand.settings(Transport.DIRECT, tmp_path / "no.sock")
    found = tried(portal, settings)
    assert outcome(found) == [(TrialStep.REACH, True), (TrialStep.SIGN, False)]
    assert found[-1].code == "no_signer"

"""The direct exchange against a script: receipts."""

import pytest

from portal.connectors.smev.direct import DirectExchange
from portal.domain.outcomes import Done, Refused
from portal.ports.exchange import (
    Acknowledged,
    Rule,
    rule_of,
)
from tests.connectors.smev import said
from tests.support.smev_scripted import Line, Script


@pytest.mark.parametrize("accepted", [True, False])
def test_acknowledging(server: Script, exchange: DirectExchange, number: str, accepted: bool) -> None:
    server.says(said.acknowledged(number))
    assert exchange.acknowledge(said.THEIRS, accepted=accepted) == Done(Acknowledged(said.THEIRS))
    (heard,) = server.heard
    assert heard.action == "urn:Ack"
    assert f'accepted="{str(accepted).lower()}"'.encode() in heard.body


def test_a_receipt_known_already_is_done(server: Script, newest: DirectExchange) -> None:
    server.says(Line(said.fault("TargetMessageIsNotFound"), 500))
    assert newest.acknowledge(said.THEIRS, accepted=True) == Done(Acknowledged(said.THEIRS, already=True))


@pytest.mark.parametrize("line", [Line(said.fault("SMEVFailure"), 500), Line(cut=0), Line(b"garbage")])
def test_a_receipt_that_did_not_arrive_is_sent_again(server: Script, newest: DirectExchange, line: Line) -> None:
    server.says(line)
    outcome = newest.acknowledge(said.THEIRS, accepted=True)
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, rule_of(outcome)) == (False, Rule.RESEND_SAME)


def test_health(server: Script, newest: DirectExchange) -> None:
    server.says(b"")
    health = newest.health()
    assert health.ready
    assert health.signer is not None
    assert "Ключник" in health.signer.subject
    assert server.heard == []

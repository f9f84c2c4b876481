"""Where workstations arrive: TLS is ended, who comes is told truly, and who waits is called."""

import ssl
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from portal.connectors.agents.authority import SealedAgentAuthority
from portal.connectors.agents.order_key import OrderKey
from portal.connectors.agents.safe import Safe
from portal.db.models import Agent
from portal.domain.agent_tasks import AgentState
from portal.domain.ids import AgentId
from portal.front import server
from portal.ports.agent_protocol import LONGEST_MESSAGE, EnrolmentAnswer, RenewalRequest, dump, load
from tests.support.fronts import Fronted, Keys, Waiting
from tests.support.waiting import eventually
from tests.support.workstations import a_request


def renewal() -> bytes:
    return dump(RenewalRequest(a_request()))


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def polled(running: Fronted, station: Keys) -> None:
    """What the portal does when this workstation polls."""
    known = running.portal.agents.identify(station.answer.certificate)
    running.portal.agent_bell.polled(known.uid, known.serial)


def test_a_workstation_comes_in_and_is_known(running: Fronted) -> None:
    station = running.come_in()
    with running.client(station) as client:
        answer = client.post("renewals", content=renewal())
    assert load(EnrolmentAnswer, answer.content).agent == station.uid
    with running.portal.database.read() as connection:
        where = connection.execute(select(Agent.address).where(Agent.uid == station.uid)).scalar_one()
    assert where == "127.0.0.1"


def test_what_a_client_says_of_itself_is_not_passed_on(running: Fronted) -> None:
    station = running.come_in()
    forged = {"X-Client-Certificate": quote(station.answer.certificate), "X-Client-Address": "10.0.0.1"}
    forged["X-Front-Secret"] = running.portal.settings.front_secret()
    with running.client() as client:
        assert code_of(client.post("renewals", content=renewal(), headers=forged)) == (401, "agent_certificate_missing")
        assert code_of(client.get("wake", headers=forged)) == (401, "agent_certificate_missing")


def test_a_certificate_of_another_authority_ends_the_handshake(running: Fronted, tmp_path: Path) -> None:
    portal = running.portal
    safe = Safe(tmp_path, portal.vault)
    other = SealedAgentAuthority(safe, OrderKey(safe), portal.clock, "elsewhere")
    key = ec.generate_private_key(ec.SECP256R1())
    forged = EnrolmentAnswer(AgentState.ACCEPTED, agent="x", certificate=other.issue(a_request(key), "x").pem)
    with running.client(Keys(key, forged)) as client, pytest.raises(httpx.TransportError):
        client.post("renewals", content=renewal())


def test_a_portal_that_is_not_ours_is_not_spoken_to(running: Fronted) -> None:
    with (
        httpx.Client(verify=ssl.create_default_context(), trust_env=False) as client,
        pytest.raises(httpx.ConnectError, match="certificate verify failed"),
    ):
        client.get(f"https://127.0.0.1:{running.tls}/agent/v1/trust")


def test_who_waits_is_called(running: Fronted) -> None:
    station, other = running.come_in(), running.come_in()
    bell = running.portal.agent_bell
    for one in (station, other):
        polled(running, one)
    with running.client(station) as client, running.client(other) as silent:
        waiting, left = Waiting(client), Waiting(silent)
        eventually(lambda: len(bell.contacts([station.uid, other.uid])) == 2, "both wait")
        bell.wake(station.uid)
        assert waiting.status() == 200
        assert not left.over
        bell.wake(other.uid)
        assert left.status() == 200


def test_a_call_on_the_way_to_wait_is_heard(running: Fronted) -> None:
    station = running.come_in()
    polled(running, station)
    running.portal.agent_bell.wake(station.uid)
    with running.client(station) as client:
        assert client.get("wake").status_code == 200


def test_nobody_is_called_for_nothing(running: Fronted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.05)
    station = running.come_in()
    polled(running, station)
    running.portal.agent_bell.wake(station.uid)
    polled(running, station)
    with running.client(station) as client:
        assert (answer := client.get("wake")).status_code == 204, answer.text


def test_who_is_shut_out_waits_no_longer(running: Fronted) -> None:
    station = running.come_in()
    polled(running, station)
    with running.portal.database.read() as connection:
        number = connection.execute(select(Agent.id).where(Agent.uid == station.uid)).scalar_one()
    with running.client(station) as client:
        waiting = Waiting(client)
        eventually(lambda: running.portal.agent_bell.contacts([station.uid]), "it waits")
        running.portal.agents.revoke(AgentId(number), by="administrator")
        assert waiting.status() == 200  # sent to poll, and there:
        assert code_of(client.post("renewals", content=renewal())) == (403, "agent_revoked")


def test_who_has_not_polled_is_sent_to_poll(running: Fronted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.connectors.agent_waits_redis.BREATH", 0.01)
    station = running.come_in()
    with running.client(station) as client:
        assert client.get("wake").status_code == 200


def test_the_plain_side_believes_a_web_server_only(running: Fronted) -> None:
    station = running.come_in()
    polled(running, station)
    running.portal.agent_bell.wake(station.uid)
    address = f"http://127.0.0.1:{running.plain}/agent/v1"
    told = {"X-Client-Certificate": quote(station.answer.certificate)}
    with httpx.Client(trust_env=False) as client:
        assert code_of(client.get(f"{address}/wake", headers=told)) == (401, "agent_certificate_missing")
        told["X-Front-Secret"] = running.portal.settings.front_secret()
        assert client.get(f"{address}/wake", headers=told).status_code == 200
        assert code_of(client.post(f"{address}/renewals", headers=told)) == (404, "not_here")


def test_only_the_agents_addresses_are_behind_it(running: Fronted) -> None:
    with running.client() as client:
        for path in ("/sign-in", "/admin/", "/agent/v2/trust", "/agent/v1/../../sign-in"):
            assert code_of(client.get(f"https://127.0.0.1:{running.tls}{path}")) == (404, "http_404")
        assert client.get("no-such-thing").status_code == 404


def test_a_message_that_is_too_long_is_not_passed_on(running: Fronted) -> None:
    with running.client() as client:
        assert code_of(client.post("enrolments", content=b" " * (LONGEST_MESSAGE + 1))) == (413, "http_413")


def test_a_portal_that_is_away(running: Fronted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.forwarding, "_portal", "http://127.0.0.1:9")
    with running.client() as client:
        answer = client.get("trust")
    assert (*code_of(answer), answer.json()["error"]["retry"]) == (503, "portal_away", True)

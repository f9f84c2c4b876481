"""The sample for nginx does what the bundled front does: a real nginx runs it, ports and places put in."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from portal.cli.main import main
from portal.connectors.agents.authority import SealedAgentAuthority
from portal.connectors.agents.order_key import OrderKey
from portal.connectors.agents.safe import Safe
from portal.db.models import Agent
from portal.domain.agent_tasks import AgentState
from portal.ports.agent_protocol import LONGEST_MESSAGE, EnrolmentAnswer, RenewalRequest, dump, load
from tests.support.fronts import Fronted, Keys, Waiting, data_of
from tests.support.nginx import nginx
from tests.support.ports import free_port
from tests.support.source_tree import ROOT
from tests.support.waiting import eventually
from tests.support.workstations import a_request

SAMPLE = ROOT / "docs/deployment/nginx-agents.conf"


@pytest.fixture(scope="module")
def before(running: Fronted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an nginx before the portal."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    _write_files(running, folder)
    given = {"127.0.0.1:8080": f"127.0.0.1:{running.web}", "127.0.0.1:8090": f"127.0.0.1:{running.plain}"}
    given |= {"listen 8443": f"listen 127.0.0.1:{port}", "/etc/klyuchnik/front": str(folder)}
    with nginx(SAMPLE, given, folder, lambda: _answers(running, port)):
        yield port


def _write_files(running: Fronted, folder: Path) -> None:
    settings = running.portal.settings
    env = {**data_of(settings.data_dir, settings.redis_url), "KLYUCHNIK_AGENTS_HOSTS": "127.0.0.1,localhost"}
    done = CliRunner(env=env).invoke(main, ["agents", "web-server-files", str(folder)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert (folder / "front.pem").stat().st_mode & 0o077 == 0


def _answers(running: Fronted, port: int) -> bool:
    try:
        with running.client(port=port) as client:
            return client.get("trust").is_success
    except httpx.TransportError:
        return False


def renewal() -> bytes:
    return dump(RenewalRequest(a_request()))


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_workstation_comes_in_and_is_known(running: Fronted, before: int) -> None:
    station = running.come_in(before)
    with running.client(station, before) as client:
        answer = client.post("renewals", content=renewal())
    assert load(EnrolmentAnswer, answer.content).agent == station.uid
    with running.portal.database.read() as connection:
        query = select(Agent.state, Agent.address).where(Agent.uid == station.uid)
        assert connection.execute(query).one() == (AgentState.ACCEPTED, "127.0.0.1")


def test_what_a_client_says_of_itself_is_not_passed_on(running: Fronted, before: int) -> None:
    forged = {"X-Client-Certificate": quote(running.come_in(before).answer.certificate)}
    with running.client(port=before) as client:
        assert code_of(client.post("renewals", content=renewal(), headers=forged)) == (401, "agent_certificate_missing")
        assert code_of(client.get("wake", headers=forged)) == (401, "agent_certificate_missing")


def test_a_certificate_of_another_authority_is_refused(running: Fronted, before: int, tmp_path: Path) -> None:
    portal = running.portal
    safe = Safe(tmp_path, portal.vault)
    other = SealedAgentAuthority(safe, OrderKey(safe), portal.clock, "elsewhere")
    key = ec.generate_private_key(ec.SECP256R1())
    forged = EnrolmentAnswer(AgentState.ACCEPTED, agent="x", certificate=other.issue(a_request(key), "x").pem)
    with running.client(Keys(key, forged), before) as client:
        assert code_of(client.post("renewals", content=renewal())) == (401, "agent_certificate_foreign")


def test_who_waits_is_called(running: Fronted, before: int) -> None:
    station, bell = running.come_in(before), running.portal.agent_bell
    known = running.portal.agents.identify(station.answer.certificate)
    bell.polled(known.uid, known.serial)
    with running.client(station, before) as client:
        waiting = Waiting(client)
        eventually(lambda: bell.contacts([station.uid]), "it waits")
        bell.wake(station.uid)
        assert waiting.status() == 200


def test_nothing_else_is_behind_it(running: Fronted, before: int) -> None:
    with running.client(port=before) as client:
        for path in ("/sign-in", "/admin/", "/agent/v2/trust", "/agent/v1/../../sign-in"):
            assert client.get(f"https://127.0.0.1:{before}{path}").status_code == 404
        assert client.post("enrolments", content=b" " * (LONGEST_MESSAGE + 1)).status_code == 413

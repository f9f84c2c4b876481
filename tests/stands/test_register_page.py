"""What people see of the stand of registers, and what they can tell it."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from portal.connectors.http import Reply, Server
from portal.domain.connector_kinds import REGISTERS
from portal.domain.outcomes import Done, Refused
from tests.support.register_stand import WHOLE, RunningRegisters, running_registers
from tests.support.waiting import PATIENCE


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegisters]:
    with running_registers(tmp_path_factory.mktemp("stand")) as running:
        yield running


def page(running: RunningRegisters, language: str = "ru") -> str:
    reply = _server(running).ask("GET", "/", headers={"Accept-Language": language})
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    return reply.body.decode()


def tell(running: RunningRegisters, path: str, how: dict[str, str], **headers: str) -> Reply:
    return _server(running).ask("POST", path, urlencode(how).encode(), headers)


def _server(running: RunningRegisters) -> Server:
    trust = running.keys.trust.read_text()
    return Server(running.url, trust=trust, connect_within=PATIENCE, answer_within=PATIENCE)


def test_every_face_shows_what_it_knows(running: RunningRegisters) -> None:
    running.stand.forget()
    assert page(running).count("Устройств пока нет.") == 3
    for kind in REGISTERS:
        assert isinstance(running.register(kind).register(WHOLE), Done)
    shown = page(running)
    assert shown.count(WHOLE.model) == shown.count(WHOLE.owner_name) == 3
    assert "Устройств пока нет." not in shown
    assert "Stand of registers of devices" in page(running, "en")


def test_what_people_arm_goes_wrong_until_it_is_put_right(running: RunningRegisters) -> None:
    running.stand.forget()
    kind = next(iter(REGISTERS))
    assert tell(running, "/page/tricks", {"what": "http:500", "times": "0"}).status == 303
    assert isinstance(running.register(kind).register(WHOLE), Refused)
    assert "http:500 × 0" in page(running)
    assert tell(running, "/page/peace", {}).headers["location"] == "/"
    assert tell(running, "/page/strangers", {"login": WHOLE.login}).status == 303
    outcome = running.register(kind).register(WHOLE)
    assert isinstance(outcome, Refused)
    assert outcome.permanent


def test_other_sites_and_nonsense_are_refused(running: RunningRegisters) -> None:
    running.stand.forget()
    assert tell(running, "/page/tricks", {"what": "down"}, **{"Sec-Fetch-Site": "cross-site"}).status == 403
    for path, how in (("/page/tricks", {"what": "nonsense"}), ("/page/nothing", {}), ("/page/tricks", {})):
        assert tell(running, path, how).status == 400
    assert running.stand.mischief.armed == []


def test_programs_are_told_everything(running: RunningRegisters) -> None:
    running.stand.forget()
    assert isinstance(running.register(next(iter(REGISTERS))).register(WHOLE), Done)
    server = _server(running)
    state = json.loads(server.ask("GET", "/control/state").body)
    assert [one["serial"] for one in state["devices"]] == [WHOLE.serial]
    assert state["calls"][0]["what"] == "added"
    order = json.dumps({"what": "slow:1", "face": "indeed", "where": "look", "times": 3}).encode()
    told = json.loads(server.ask("POST", "/control/tricks", order).body)
    assert told["tricks"] == [{"face": "indeed", "where": "look", "what": "slow:1", "times": 3}]
    assert server.ask("GET", "/health").status == 200
    assert server.ask("GET", "/nowhere").status == 404

"""The whole program in a process of its own: a person at a terminal, a portal on loopback, a token of SoftHSM2."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from agent import status
from agent.journal import AgentJournal
from agent.state import State
from portal.domain.agent_tasks import TaskAnswer
from portal.domain.certificate import KeyAlgorithm
from portal.domain.outcomes import WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.agent_orders import sent
from portal.ports.token import GenerateKeyPair, ReadContents
from tests.agent.portal_double import PortalDouble
from tests.agent.workstation import Workstation, command, workstation
from tests.support.tokens import SoftHsm
from tests.support.waiting import eventually

CANARY = "K4nareyka-7391"
KEY = "0a" * 20
MAKE = GenerateKeyPair(KEY, "ключ", KeyAlgorithm.EC_P256)


def accepts(station: Workstation, pin: str) -> None:
    station.sees("Ваш выбор")
    station.types("1")
    station.sees("ПИН-код:")
    station.types(pin)


def files_of(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def test_from_an_offer_to_its_end_and_the_pin_is_nowhere(double: PortalDouble, member: State, hsm: SoftHsm) -> None:
    serial = hsm.init_token("one", pin=CANARY)
    double.offer("task-1", serial)
    with workstation(command(member, [hsm.module], "--prompt", "terminal", "-v", "run")) as station:
        station.sees("Петров")
        station.sees("Новый сертификат")
        accepts(station, CANARY)
        eventually(lambda: "task-1" in double.tasks, "the portal hears that it is accepted")
        assert double.answers[0][1].answer is TaskAnswer.ACCEPTED
        double.order("task-1", serial, sent(MAKE))
        eventually(double.results, "the result is reported")
        (result,) = double.results()
        assert result.reply is not None
        assert result.reply.public_key
        seen_while_it_runs = _everything_about(station)
        double.end("task-1")
        station.sees("Готово")
        assert station.stop() == 0
    _nowhere(CANARY, double, member, station, seen_while_it_runs)
    assert any([one.serial for one in poll.tokens or ()] == [serial] for poll in double.polls)
    assert AgentJournal(member.journal).accepted() == ()


def _everything_about(station: Workstation) -> bytes:
    """Command line and environment of the program and its children."""
    found = b""
    for process in (station.process.pid, *_children(station.process.pid)):
        for what in ("cmdline", "environ"):
            found += Path(f"/proc/{process}/{what}").read_bytes()
    return found


def _children(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task").iterdir()
    return [int(pid) for task in listed for pid in (task / "children").read_text().split()]


def _nowhere(secret: str, double: PortalDouble, state: State, station: Workstation, seen: bytes) -> None:
    hidden = secret.encode()
    assert b"spawn_main" in seen, "the children were looked at, too"
    assert hidden not in seen
    assert hidden not in station.screen.encode()
    assert not any(hidden in message for message in double.traffic)
    for path in files_of(state.folder):
        assert hidden not in path.read_bytes(), path


def test_a_wrong_pin_is_sent_once_and_another_is_asked_for(double: PortalDouble, member: State, hsm: SoftHsm) -> None:
    serial = hsm.init_token("one", pin="1234")
    double.offer("task-1", serial)
    with workstation(command(member, [hsm.module], "--prompt", "terminal", "run")) as station:
        accepts(station, "9999")
        station.sees("Токен отверг этот ПИН-код")
        station.sees("ПИН-код:")
        station.types("9999")
        station.sees("Токен уже отверг этот ПИН-код")
        station.sees("ПИН-код:")
        station.types("1234")
        eventually(lambda: "task-1" in double.tasks, "the portal hears that it is accepted")
        assert station.stop() == 0


def test_whoever_says_later_is_asked_later(double: PortalDouble, member: State, hsm: SoftHsm) -> None:
    double.offer("task-1", hsm.init_token("one"))
    with workstation(command(member, [hsm.module], "--prompt", "terminal", "run", "--once")) as station:
        station.sees("Ваш выбор")
        station.types("7")
        station.sees("Введите число от 1 до 5")
        station.types("2")
        assert station.ended() == 0
    (task, answer) = double.answers[0]
    assert (task, answer.answer) == ("task-1", TaskAnswer.POSTPONED)
    assert answer.until is not None


def test_a_revoked_workstation_says_so_and_stops_asking(double: PortalDouble, member: State, hsm: SoftHsm) -> None:
    double.revoked.add("agent-1")
    with workstation(command(member, [hsm.module], "--prompt", "none", "run")) as station:
        assert station.ended() == status.REVOKED
        assert "отозвана" in station.screen
    with workstation(command(member, [hsm.module], "status")) as station:
        assert station.ended() == status.REVOKED


def test_there_is_one_at_a_time(double: PortalDouble, member: State, hsm: SoftHsm) -> None:
    with workstation(command(member, [hsm.module], "--prompt", "none", "run")) as first:
        first.sees("Подключено")
        with workstation(command(member, [hsm.module], "run")) as second:
            assert second.ended() == 1
            assert "уже запущен" in second.screen
        with workstation(command(member, [hsm.module], "status")) as asked:
            assert asked.ended() == 0
            assert "Запущен: да" in asked.screen
        assert first.stop() == 0


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_is_done_is_told_when_the_network_is_back(
    double: PortalDouble, member: State, hsm: SoftHsm, when: str
) -> None:
    serial = hsm.init_token("one")
    double.offer("task-1", serial)
    with workstation(command(member, [hsm.module], "--prompt", "terminal", "run")) as station:
        accepts(station, "1234")
        eventually(lambda: "task-1" in double.tasks, "the portal hears that it is accepted")
        double.cut = {"lists/": when}
        double.order("task-1", serial, sent(MAKE))
        station.sees("Портал не отвечает")
        assert station.stop() == 0
    double.cut = {}
    with workstation(command(member, [hsm.module], "--prompt", "none", "run", "--once")) as station:
        assert station.ended() == 0
    assert double.results()[0].reply is not None
    assert len(_keys(hsm, serial)) == 1


def _keys(hsm: SoftHsm, serial: str) -> set[str]:
    folder = next(folder for folder in hsm.tokens.iterdir() if folder.name.endswith(serial[4:]))
    objects = [path.read_bytes() for path in folder.glob("*.object")]
    return {KEY for stored in objects if bytes.fromhex(KEY) in stored}


def test_a_pulled_token_is_waited_for(double: PortalDouble, member: State, hsm: SoftHsm) -> None:
    serial = hsm.init_token("one")
    double.offer("task-1", serial)
    with workstation(command(member, [hsm.module], "--prompt", "terminal", "run")) as station:
        accepts(station, "1234")
        eventually(lambda: "task-1" in double.tasks, "the portal hears that it is accepted")
        hsm.pull(serial)
        eventually(lambda: any(poll.tokens == () for poll in double.polls), "the portal hears that the token is gone")
        double.order("task-1", serial, sent(ReadContents()))
        hsm.plug(serial)
        eventually(double.results, "it goes on when the token is back")
        assert double.results()[0].reply is not None
        assert station.stop() == 0


def test_a_pin_that_was_left_for_later_is_asked_for_when_the_person_wishes(
    double: PortalDouble, member: State, hsm: SoftHsm
) -> None:
    serial = hsm.init_token("one")
    double.offer("task-1", serial)
    with workstation(command(member, [hsm.module], "--prompt", "terminal", "run")) as station:
        accepts(station, "1234")
        eventually(lambda: "task-1" in double.tasks, "the portal hears that it is accepted")
        assert station.stop() == 0
    with workstation(command(member, [hsm.module], "resume")) as nobody:
        assert nobody.ended() == status.NOT_RUNNING
    double.order("task-1", serial, sent(MAKE))
    with workstation(command(member, [hsm.module], "--prompt", "terminal", "run")) as station:
        station.sees("нужен ещё раз")
        station.sees("ПИН-код:")
        station.types("")
        station.sees("klyuchnik-agent resume")
        eventually(double.results, "the portal hears whom it waits for")
        (left,) = double.results()
        assert (left.why, left.whom, left.permanent) == (why(Trouble.PIN_NEEDED), WaitingFor.PIN, False)
        double.order("task-1", serial, replace(sent(MAKE), doubtful=True), name="list-2")
        with workstation(command(member, [hsm.module], "resume")) as asked:
            assert asked.ended() == 0
        station.sees("нужен ещё раз")
        station.sees("ПИН-код:")
        station.types("1234")
        eventually(lambda: double.results("list-2"), "it goes on")
        assert double.results("list-2")[0].reply is not None
        assert station.stop() == 0


def test_the_environment_of_a_test_holds_no_pin() -> None:
    assert CANARY not in "".join(os.environ.values())

"""Whether a register keeps to the contract: ours does, one that is broken on purpose is found out in each point."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from portal.stands.conform.__main__ import main
from portal.stands.conform.calling import Target
from portal.stands.conform.checks import CHECKS, OF_SIGNATURES
from portal.stands.conform.rounds import conform
from portal.stands.registers.contract import ContractFace
from portal.stands.registers.letting_in import Door
from portal.stands.registers.saying import Answer, Question, said
from portal.stands.registers.stand import FACES
from tests.support.register_stand import RunningRegisters, running_registers


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegisters]:
    with running_registers(tmp_path_factory.mktemp("stand")) as running:
        yield running


@pytest.fixture
def target(running: RunningRegisters) -> Target:
    running.stand.forget()
    access = running.stand.access
    address = running.url + FACES["contract"]
    return Target(address, client=access.client, secret=access.secret, trust=running.keys.trust)


def broken(target: Target) -> set[str]:
    return {one.name for one in conform(target) if not one.ok}


def test_ours_keeps_to_everything(running: RunningRegisters, target: Target) -> None:
    results = conform(target)
    assert [(one.name, one.detail) for one in results if not one.ok] == []
    assert len(results) == len(CHECKS)
    assert running.devices() == []


def test_so_does_the_worker_of_secret_net_over_a_line_with_certificates(
    running: RunningRegisters, target: Target
) -> None:
    worker = Target(
        running.url + FACES["secret_net"], "electronic_identifier", certificate=running.keys.client, trust=target.trust
    )
    results = conform(worker)
    assert [(one.name, one.detail) for one in results if not one.ok] == []
    assert len(results) == len(CHECKS) - len(OF_SIGNATURES)


def test_work_that_takes_its_time_is_no_fault(running: RunningRegisters, target: Target) -> None:
    running.stand.mischief.arm("operation:1", where="change", times=0)
    assert broken(target) == set()


class _Careless(ContractFace):
    """Takes everything from everybody."""

    def answer(self, question: Question, trick: str = "") -> Answer:
        serial = question.path.rpartition("/")[2]
        if question.method == "PUT":
            kept = self.shelf.put(self.name, serial, json.loads(question.body))
            return said(200, {**kept.body, "id": kept.id, "version": kept.version}, ("ETag", f'"{kept.version}"'))
        if question.method == "GET":
            found = self.shelf.get(self.name, serial)
            if found is None:
                return said(404, {"error": "no"})
            return said(200, {**found.body, "id": found.id, "version": found.version}, ("ETag", f'"{found.version}"'))
        return super().answer(question, trick)


class _NoNonces(Door):
    def _first_time(self, nonce: str) -> bool:
        return bool(nonce)


class _NoSignatures(Door):
    def _signed(self, *_: object) -> bool:
        return True


class _NoConditions(ContractFace):
    def _conditions(self, *_: object) -> None:
        """Whatever."""


class _NoShape(ContractFace):
    def _document(self, serial: str, question: Question) -> dict[str, object]:
        told: dict[str, object] = json.loads(question.body)
        return {**told, "serial": serial}


BROKEN: list[tuple[type[ContractFace], type[Door], set[str]]] = [
    (ContractFace, _NoNonces, {"nonce counts once"}),
    (ContractFace, _NoSignatures, {"signature is checked"}),
    (_NoConditions, Door, {"condition is needed", "version is kept to"}),
]


@pytest.mark.parametrize(("face", "door", "found"), BROKEN, ids=["nonces", "signatures", "conditions"])
def test_one_fault_is_found_and_no_other(
    running: RunningRegisters, target: Target, face: type[ContractFace], door: type[Door], found: set[str]
) -> None:
    with _instead(running, face, door):
        assert broken(target) == found


def test_what_should_not_travel_is_found(running: RunningRegisters, target: Target) -> None:
    with _instead(running, _NoShape):
        assert {"nothing else travels", "form is kept to", "too much is refused"} <= broken(target)


def test_a_careless_one_fails_nearly_everywhere(running: RunningRegisters, target: Target) -> None:
    with _instead(running, _Careless):
        found = broken(target)
    assert {"health", "capabilities", "nobody unsigned", "signature is checked", "unknown is told"} <= found
    assert len(found) > 15


def test_nobody_there_fails_everywhere(target: Target) -> None:
    results = conform(replace(target, address="https://127.0.0.1:1/x"))
    assert not any(one.ok for one in results if one.name != "nobody unsigned")


class TestCommand:
    """As anyone would run it."""

    def test_it_tells_each_check(
        self, running: RunningRegisters, target: Target, tmp_path: Path, run: Callable[..., tuple[int, str]]
    ) -> None:
        secret = tmp_path / "secret"
        secret.write_text(target.secret)
        named = ("--client", target.client, "--secret-file", str(secret), "--trust", str(target.trust))
        code, said = run(target.address, *named, "--json")
        assert (code, [one["name"] for one in json.loads(said) if not one["ok"]]) == (0, [])
        running.stand.mischief.arm("http:500", times=0)
        code, said = run(target.address, *named)
        running.stand.mischief.put_right()
        assert code == 6
        assert "FAIL health: HTTP 500, not 200" in said

    def test_what_is_missing_is_told(self, run: Callable[..., tuple[int, str]]) -> None:
        assert run("https://127.0.0.1:1") == (
            1, "stand conform: --client and --secret-file, or --certificate, are needed\n",
        )  # fmt: skip

    def test_nobody_there_is_told_once(
        self, target: Target, tmp_path: Path, run: Callable[..., tuple[int, str]]
    ) -> None:
        secret = tmp_path / "secret"
        secret.write_text(target.secret)
        named = ("--client", target.client, "--secret-file", str(secret))
        code, said = run("https://127.0.0.1:1/x", *named)
        assert (code, said.count("\n")) == (1, 1)
        assert said.startswith("stand conform: https://127.0.0.1:1/x: ")
        code, said = run(target.address, *named)
        assert code == 1
        assert "certificate verify failed" in said
        assert run("register.example", *named) == (1, "stand conform: no address: register.example\n")

    @pytest.fixture
    def run(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> Callable[..., tuple[int, str]]:
        def call(*arguments: str) -> tuple[int, str]:
            monkeypatch.setattr("sys.argv", ["conform", *arguments])
            code = main()
            said = capsys.readouterr()
            return code, said.out + said.err

        return call


@contextmanager
def _instead(running: RunningRegisters, face: type[ContractFace], door: type[Door] = Door) -> Iterator[None]:
    """Another face for the time of a block."""
    stand, access = running.stand, running.stand.access
    before = stand.faces["contract"]
    let_in = door(access.client, access.secret)
    stand.faces["contract"] = face("contract", FACES["contract"], ("generic",), stand.shelf, let_in)
    try:
        yield
    finally:
        stand.faces["contract"] = before

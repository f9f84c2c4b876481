"""Tokens are seen without a PIN, and soon; a library that crashes or hangs takes nobody along."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.connectors.token.child import ChildError, run_in_child
from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.token.reading import list_tokens, read_token
from portal.connectors.token.scan import Scanner, scan
from portal.connectors.token.watch import PresenceWatch, Sightings, watch
from portal.connectors.x509 import X509Reader
from portal.domain.certificate import KeyAlgorithm
from portal.domain.contents import PinTries, TokenContents
from portal.domain.outcomes import Done
from portal.domain.troubles import Trouble, Why
from portal.ports.token import GenerateKeyPair, ReadContents, WriteCertificate
from tests.support.faults import FaultModule, fault_module
from tests.support.issuing import certificate_for
from tests.support.native import Compiler
from tests.support.pins import Pins
from tests.support.tokens import PIN, SoftHsm
from tests.support.waiting import eventually

KEY = "0a" * 20


@pytest.fixture
def faults(compiler: Compiler, hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> FaultModule:
    return fault_module(compiler, hsm, monkeypatch)


def furnish(module: Path, serial: str) -> TokenContents:
    """Put a key pair and its certificate on the token; what a signed-in reading then shows."""
    with Pkcs11Desk([module], X509Reader()).gateway(serial, Pins(PIN)) as gateway:
        made = gateway.carry_out(GenerateKeyPair(KEY, "Ключ", KeyAlgorithm.EC_P256))
        assert isinstance(made, Done)
        gateway.carry_out(WriteCertificate(KEY, "Подпись", certificate_for(made.reply.public_key)))
        read = gateway.carry_out(ReadContents())
    assert isinstance(read, Done)
    assert read.reply.contents
    return read.reply.contents


def test_a_token_shows_its_certificates_without_a_pin(hsm: SoftHsm) -> None:
    serial = hsm.init_token("Токен Иванова")
    signed_in = furnish(hsm.module, serial)
    (seen,) = scan(str(hsm.module), X509Reader())
    assert (seen.serial, seen.label, seen.model) == (serial, "Токен Иванова", "SoftHSM v2")
    assert (seen.tries, seen.trouble, seen.free_memory) == (PinTries.PLENTY, "", None)
    assert seen.where
    assert seen.contents
    assert not seen.contents.complete
    assert seen.contents.content_hash() == signed_in.content_hash()
    assert seen.contents.certificates == signed_in.certificates
    assert [(key.key_id, key.public, key.private) for key in seen.contents.keys] == [(KEY, True, None)]


@pytest.mark.parametrize(("wrong", "tries"), [(1, PinTries.LOW), (2, PinTries.LAST), (3, PinTries.LOCKED)])
def test_the_tries_left_are_seen_in_words(hsm: SoftHsm, faults: FaultModule, wrong: int, tries: PinTries) -> None:
    hsm.init_token("one")
    faults.wrong_pins(wrong)
    assert [seen.tries for seen in scan(str(faults.module), X509Reader())] == [tries]


def test_an_unreadable_token_is_seen_with_its_trouble(hsm: SoftHsm, faults: FaultModule) -> None:
    serial = hsm.init_token("one")
    faults.rules("C_OpenSession rv=0x30")
    (seen,) = scan(str(faults.module), X509Reader())
    assert (seen.serial, seen.contents, seen.trouble) == (serial, None, Trouble.TOKEN_ERROR)


def test_a_broken_slot_hides_no_other(hsm: SoftHsm, faults: FaultModule) -> None:
    hsm.init_token("one")
    hsm.init_token("two")
    faults.rules("C_GetTokenInfo count=1 rv=0x5")
    assert len(scan(str(faults.module), X509Reader())) == 1


def test_scanning_signs_in_nowhere_and_leaves_no_session(hsm: SoftHsm, faults: FaultModule) -> None:
    hsm.init_token("one")
    scan(str(faults.module), X509Reader())
    assert not faults.calls("C_Login")
    assert faults.calls("C_OpenSession") == ["C_OpenSession"]
    assert faults.calls("C_CloseSession") == ["C_CloseSession"]


def test_a_slow_token_is_read_less_often_than_seen(hsm: SoftHsm, faults: FaultModule) -> None:
    hsm.init_token("one")
    scanner = Scanner(str(faults.module), X509Reader())
    faults.rules("C_OpenSession delay=200")
    assert scanner.scan() == scanner.scan()
    assert faults.calls("C_OpenSession") == ["C_OpenSession"]
    assert len(faults.calls("C_GetTokenInfo")) > 2


def test_free_memory_is_passed_on_when_the_token_tells(hsm: SoftHsm, compiler: Compiler) -> None:
    teller = compiler.module(Path(__file__).with_name("roomy.c"), "p11-kit-1")
    (seen,) = scan(str(teller), X509Reader())
    assert (seen.serial, seen.free_memory) == ("R-1", 4096)


@pytest.fixture
def watched(hsm: SoftHsm) -> Iterator["Watched"]:
    watched = Watched(hsm)
    yield watched
    watched.end()


class Watched:
    """A watch in a thread, and everything it published."""

    def __init__(self, hsm: SoftHsm) -> None:
        self.published: list[Sightings] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=watch,
            args=([str(hsm.module)], self.published.append, self._stop),
            kwargs={"every": 0.2, "where": "server"},
        )
        self._thread.start()

    def wait_for(self, matches: Callable[[Sightings], bool]) -> Sightings:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if self.published and matches(self.published[-1]):
                return self.published[-1]
            time.sleep(0.01)
        raise AssertionError(f"the last sighting was {self.published[-1:]}")

    def end(self) -> None:
        self._stop.set()
        self._thread.join(120)


def test_tokens_come_and_go_while_somebody_watches(hsm: SoftHsm, watched: Watched) -> None:
    watched.wait_for(lambda seen: not seen)
    first, second = hsm.init_token("one"), hsm.init_token("two")
    seen = watched.wait_for(lambda seen: {one.serial for one in seen} == {first, second})
    assert {one.where for one in seen} == {"server"}
    hsm.pull(first)
    watched.wait_for(lambda seen: [one.serial for one in seen] == [second])
    hsm.plug(first)
    watched.wait_for(lambda seen: len(seen) == 2)


def test_a_watcher_sees_what_another_process_writes(hsm: SoftHsm, watched: Watched) -> None:
    serial = hsm.init_token("one")
    watched.wait_for(lambda seen: len(seen) == 1)
    written = run_in_child(furnish, 60, hsm.module, serial).content_hash()
    watched.wait_for(lambda seen: bool(seen[0].contents and seen[0].contents.content_hash() == written))


def test_a_child_that_dies_is_replaced(hsm: SoftHsm, faults: FaultModule, tmp_path: Path) -> None:
    hsm.init_token("one")
    faults.rules(f"C_GetSlotList die once={tmp_path / 'died'}")
    watcher = PresenceWatch([str(faults.module)])
    try:
        assert watcher.look(120) == ()
        eventually(lambda: len(watcher.look(5)) == 1, "another child sees it")
    finally:
        watcher.close()


def test_a_hanging_library_hides_no_other_and_is_replaced(hsm: SoftHsm, faults: FaultModule) -> None:
    hsm.init_token("one")
    watcher = PresenceWatch([str(faults.module), str(hsm.module)], patience=120)
    hung, well = watcher._children
    try:
        hung._patience = 1
        faults.rules("C_GetSlotList delay=600000")
        eventually(lambda: len(watcher.look(1)) == 1 and hung._failures, "the well is seen, the other is given up")
        assert not well._failures
        faults.rules()
        eventually(lambda: watcher.look(0.1) and not hung.busy, "the one that still hangs is given up, too")
        hung._patience, hung._rest_until = 120, 0
        watcher.look(120)
        assert hung.latest() == well.latest() != ()
    finally:
        watcher.close()


def test_a_missing_library_is_no_token(hsm: SoftHsm) -> None:
    watcher = PresenceWatch(["/nowhere/at-all.so"])
    try:
        assert watcher.look(120) == ()
        assert watcher.known()
        assert watcher.troubles()["/nowhere/at-all.so"].startswith(Trouble.MODULE_MISSING)
    finally:
        watcher.close()


def test_tokens_are_listed_and_read_from_a_child(hsm: SoftHsm) -> None:
    serial = hsm.init_token("one")
    modules = ["/nowhere/at-all.so", str(hsm.module)]
    assert [seen.serial for seen in run_in_child(list_tokens, 60, modules)] == [serial]
    assert run_in_child(read_token, 60, modules, serial, PIN) == TokenContents(serial, (), (), complete=True)
    refused = run_in_child(read_token, 60, modules, serial, "9999")
    assert isinstance(refused, Why)
    assert refused.trouble is Trouble.PIN_INCORRECT


def test_a_child_that_hangs_dies_or_fails_is_told_apart() -> None:
    with pytest.raises(ChildError, match="no answer") as hung:
        run_in_child(time.sleep, 0.5, 600)
    assert hung.value.hung
    with pytest.raises(ChildError, match="died") as died:
        run_in_child(os._exit, 60, 3)
    assert not died.value.hung
    with pytest.raises(ChildError, match="ValueError") as failed:
        run_in_child(float, 60, "4929331x")
    assert "4929331" not in str(failed.value)

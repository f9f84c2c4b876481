"""Soft tokens are looked at all the time while updates write to them: no written object may suffer."""

import secrets
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from portal.connectors.token.child import run_in_child
from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.token.scan import Scanner
from portal.connectors.token.store_lock import NoLock, StoreLock, store_lock
from portal.connectors.x509 import X509Reader
from portal.domain.certificate import KeyAlgorithm
from portal.domain.outcomes import Done
from portal.ports.token import GenerateKeyPair, RemoveKeyPair, SignRequest
from tests.support.pins import Pins
from tests.support.tokens import PIN, SoftHsm

ROUNDS = 120


def look_without_rest(module: str, enough: Event) -> None:
    scanner = Scanner(module, X509Reader())
    while not enough.is_set():
        scanner._readings.clear()
        scanner.scan()


def write_again_and_again(module: str, serial: str) -> list[str]:
    troubles = []
    with Pkcs11Desk([module], X509Reader()).gateway(serial, Pins(PIN)) as gateway:
        for _ in range(ROUNDS):
            key_id = secrets.token_hex(20)
            orders = (
                GenerateKeyPair(key_id, "busy", KeyAlgorithm.EC_P256),
                SignRequest(key_id, (("CN", "busy"),), ()),
                RemoveKeyPair(key_id),
            )
            outcomes = [gateway.carry_out(order) for order in orders]
            troubles += [str(outcome) for outcome in outcomes if not isinstance(outcome, Done)]
    return troubles


def test_what_is_written_survives_being_looked_at(hsm: SoftHsm) -> None:
    serial = hsm.init_token("busy")
    context = get_context("spawn")
    enough = context.Event()
    watcher = context.Process(target=look_without_rest, args=(str(hsm.module), enough), daemon=True)
    watcher.start()
    try:
        assert run_in_child(write_again_and_again, 100, str(hsm.module), serial) == []
    finally:
        enough.set()
        watcher.join(120)
        watcher.kill()


def test_a_look_gives_way_to_writers_and_a_start_does_not(tmp_path: Path) -> None:
    conf = tmp_path / "softhsm2.conf"
    conf.touch()
    writer, other = StoreLock(conf), StoreLock(conf)
    with writer.writing():
        with other.alone_within(0.02) as alone:
            assert not alone
        with writer.alone(), other.alone_within(0.02) as alone:  # a start within an order waits for other writers only
            assert not alone
        with other.alone_within(0.02) as alone:  # and the writer holds it again
            assert not alone
    with other.alone_within(0.02) as alone:
        assert alone


def test_other_tokens_need_no_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "nothing.conf"))
    lock = store_lock()
    assert isinstance(lock, NoLock)
    with lock.writing(), lock.alone(), lock.alone_within(0) as alone:
        assert alone

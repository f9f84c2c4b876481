"""One order, one certificate: whoever is killed, and however many ask at once."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.x509 import ocsp

from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.setup import open_authority
from portal.connectors.ca.builtin.signing import CaPublicKey, Signer
from portal.connectors.ca.builtin.store import CaStore
from portal.connectors.clock import SystemClock
from portal.domain.certificate import Revocation
from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Absent, Done, Happened, Refused, Unknown, WaitingFor
from portal.ports.certificate_authority import IssuedCertificate
from tests.support.pki import CA_NAME, Key, a_key, a_place, an_authority, an_order


@dataclass(frozen=True)
class Rig:
    """Where an authority lives, for this process and for others."""

    url: str
    folder: Path

    def open(self) -> BuiltinAuthority:
        found = open_authority(a_place(self.url, self.folder), CA_NAME)
        assert found is not None
        return found

    def orders(self) -> list[tuple[str, bytes, bytes | None]]:
        """Order ids with what was to be signed and what was."""
        engine = sa.create_engine(self.url)
        query = sa.text("SELECT order_id, tbs, certificate FROM ca_orders WHERE template <> 'ocsp-responder'")
        with engine.connect() as connection:
            rows = [(row[0], bytes(row[1]), row[2] and bytes(row[2])) for row in connection.execute(query)]
        engine.dispose()
        return rows


@pytest.fixture(params=["sqlite", "postgresql"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Rig:
    url = f"sqlite:///{tmp_path}/ca.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    an_authority(a_place(url, tmp_path))
    return Rig(url, tmp_path)


def killed(work: Callable[[], object]) -> None:
    """Do it in a child, which has to end by kill -9 on the way."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL


def power_cut(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class CutBeforeSigning:
    """The power fails as the key is about to be used."""

    public_key: CaPublicKey

    def sign(self, data: bytes) -> bytes:
        power_cut()
        return data


@dataclass(frozen=True)
class CutAfterSigning:
    """The power fails when the signature is made and nobody has it yet."""

    inner: Signer

    @property
    def public_key(self) -> CaPublicKey:
        return self.inner.public_key

    def sign(self, data: bytes) -> bytes:
        self.inner.sign(data)
        power_cut()
        return data


def with_signer(ca: BuiltinAuthority, signer: Signer) -> BuiltinAuthority:
    ca.identity = replace(ca.identity, signer=signer)
    return ca


def cut_before_writing_down(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> BuiltinAuthority:
    monkeypatch.setattr(CaStore, "add_order", power_cut)
    return rig.open()


def cut_before_signing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> BuiltinAuthority:
    ca = rig.open()
    return with_signer(ca, CutBeforeSigning(ca.identity.signer.public_key))


def cut_after_signing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> BuiltinAuthority:
    ca = rig.open()
    return with_signer(ca, CutAfterSigning(ca.identity.signer))


def cut_after_keeping(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> BuiltinAuthority:
    keep = CaStore.keep_certificate

    def keep_and_cut(self: CaStore, authority: str, order_id: str, certificate: bytes) -> bytes:
        kept = keep(self, authority, order_id, certificate)
        power_cut()
        return kept

    monkeypatch.setattr(CaStore, "keep_certificate", keep_and_cut)
    return rig.open()


@pytest.mark.parametrize(
    ("cut", "written", "signed"),
    [
        (cut_before_writing_down, False, False),
        (cut_before_signing, True, False),
        (cut_after_signing, True, False),
        (cut_after_keeping, True, True),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_power_cut_anywhere_costs_nothing(
    rig: Rig,
    cut: Callable[[Rig, pytest.MonkeyPatch], BuiltinAuthority],
    *,
    written: bool,
    signed: bool,
) -> None:
    order = an_order("one", a_key())
    with pytest.MonkeyPatch.context() as patch:
        doomed = cut(rig, patch)
        killed(lambda: doomed.request(order))
    before = rig.orders()
    assert [row[0] for row in before] == (["one"] if written else [])
    effect = rig.open().effect_of(order)
    assert isinstance(effect, Happened) if signed else effect == Absent()
    outcome = rig.open().request(order)
    assert isinstance(outcome, Done)
    ((_, tbs, certificate),) = rig.orders()
    assert outcome.reply.certificate == certificate
    if written:
        assert tbs == before[0][1]  # what had been decided is what was signed
    if signed:
        assert effect == Happened(outcome.reply)


def test_eight_processes_and_one_order_make_one_certificate(rig: Rig, tmp_path: Path) -> None:
    key = a_key()
    waiting, start = os.pipe()
    children = [ask(rig, key, tmp_path / f"answer-{number}", waiting, start) for number in range(8)]
    os.close(waiting)
    os.close(start)  # now all run
    for child in children:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    answers = {(tmp_path / f"answer-{number}").read_bytes() for number in range(8)}
    ((_, _, certificate),) = rig.orders()
    assert answers == {certificate}


def ask(rig: Rig, key: Key, answer: Path, waiting: int, start: int) -> int:
    """A process that orders once the pipe is closed, each time with another request for the same key."""
    child = os.fork()
    if child == 0:
        os.close(start)
        ca = rig.open()
        order = an_order("one", key)
        os.read(waiting, 1)
        outcome = ca.request(order)
        if isinstance(outcome, Done):
            answer.write_bytes(outcome.reply.certificate)
        os._exit(0 if isinstance(outcome, Done) else 1)
    return child


def test_an_authority_made_before_a_fork_serves_after_it(rig: Rig) -> None:
    ca = rig.open()
    order = an_order("one", a_key())
    child = os.fork()
    if child == 0:
        os._exit(0 if isinstance(ca.request(order), Done) else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    effect = ca.effect_of(order)
    assert isinstance(effect, Happened)
    assert isinstance(effect.reply, IssuedCertificate)


def test_a_store_that_is_away_leaves_the_order_in_doubt(tmp_path: Path) -> None:
    ca = an_authority(a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path))
    order = an_order("one", a_key())
    away = BuiltinAuthority(ca.identity, CaStore("postgresql://nobody@127.0.0.1:1/none"), SystemClock())
    outcome = away.request(order)
    assert isinstance(outcome, Refused)
    assert not outcome.permanent
    effect = away.effect_of(order)
    assert isinstance(effect, Unknown)
    assert effect.whom is WaitingFor.RETRY
    assert away.status("17") is Revocation.UNKNOWN
    with pytest.raises(OutsideUnavailable):
        away.crl_der()
    answer = ocsp.load_der_ocsp_response(away.ocsp_answer(b""))
    assert answer.response_status is ocsp.OCSPResponseStatus.TRY_LATER

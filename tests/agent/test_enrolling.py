"""Getting in: once, at the portal that was promised and at no other; over real TLS."""

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from agent.client import Address, PortalLine, RefusalError, UnreachableError, trusting
from agent.enrolling import Asked, NoPromiseError, NotOursError, ask_again, enrol, renew
from agent.state import State
from portal.domain.agent_tasks import AgentState
from portal.ports.agent_protocol import Fault, PollRequest
from tests.agent.authority import AgentAuthority
from tests.agent.portal_double import PortalDouble, listening

POLL = PollRequest("1", "u", "ru", "")


def line_of(state: State) -> PortalLine:
    enrolment = state.enrolment()
    assert enrolment
    return PortalLine(Address(enrolment.url), trusting(enrolment.trust.authority, "", state.identity))


def test_a_code_lets_in_once(double: PortalDouble, member: State, tmp_path: Path) -> None:
    enrolment = member.enrolment()
    assert enrolment is not None
    assert (enrolment.agent, enrolment.ticket) == ("agent-1", "")
    assert line_of(member).poll(POLL).now
    other = State(tmp_path / "other")
    with pytest.raises(RefusalError) as refused:
        enrol(other, Asked(Address(double.url), double.authority.code().text))
    assert (refused.value.fault.code, refused.value.later) == ("agent_code_wrong", False)


def test_what_is_kept_is_its_owners_alone(member: State) -> None:
    assert stat.S_IMODE(member.folder.stat().st_mode) == 0o700
    for path in member.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert b"PRIVATE KEY" in member.identity.read_bytes()
    assert member.pending() is None


def test_without_a_code_an_administrator_decides(double: PortalDouble, state: State) -> None:
    asked = Asked(Address(double.url), fingerprint=double.authority.fingerprint)
    assert enrol(state, asked) is AgentState.WAITING
    before = state.pending()
    assert enrol(state, asked) is AgentState.WAITING
    assert state.pending() == before, "asked twice with the same request: it is one workstation"
    enrolment = state.enrolment()
    assert enrolment is not None
    assert ask_again(state, enrolment) is AgentState.WAITING
    double.admits = AgentState.ACCEPTED
    assert ask_again(state, enrolment) is AgentState.ACCEPTED
    assert line_of(state).poll(POLL)


def test_a_denied_workstation_gets_nothing(double: PortalDouble, state: State) -> None:
    enrol(state, Asked(Address(double.url), fingerprint=double.authority.fingerprint))
    double.admits = AgentState.DENIED
    enrolment = state.enrolment()
    assert enrolment is not None
    assert ask_again(state, enrolment) is AgentState.DENIED
    assert not state.identity.exists()


def test_nothing_is_told_to_a_portal_nobody_promised(double: PortalDouble, state: State) -> None:
    stranger = AgentAuthority().code()
    with pytest.raises(NotOursError):
        enrol(state, Asked(Address(double.url), stranger.text))
    with pytest.raises(NoPromiseError):
        enrol(state, Asked(Address(double.url)))
    assert all(stranger.secret not in sent.decode() for sent in double.traffic)
    assert not any(b"enrolments" in sent for sent in double.traffic)


@pytest.mark.parametrize("text", ["", "ABCD", "U" * 36], ids=["empty", "short", "letters"])
def test_what_is_no_code_is_not_sent(double: PortalDouble, state: State, text: str) -> None:
    with pytest.raises((ValueError, NoPromiseError)):
        enrol(state, Asked(Address(double.url), text))
    assert not double.traffic


def test_a_server_of_another_authority_gets_no_word(double: PortalDouble, member: State, tmp_path: Path) -> None:
    impostor = PortalDouble(AgentAuthority())
    with listening(impostor, impostor.authority.server_context(tmp_path)):
        _moved(member, impostor.url)
        with pytest.raises(UnreachableError) as unreachable:
            line_of(member).poll(POLL)
    assert unreachable.value.untrusted
    assert not impostor.traffic


def test_another_workstation_is_no_portal(double: PortalDouble, member: State, tmp_path: Path) -> None:
    impostor = PortalDouble(double.authority)
    with listening(impostor, double.authority.context(tmp_path, ExtendedKeyUsageOID.CLIENT_AUTH)):
        _moved(member, impostor.url)
        with pytest.raises(UnreachableError) as unreachable:
            line_of(member).poll(POLL)
    assert unreachable.value.untrusted
    assert not impostor.traffic


def test_a_portal_of_another_name_is_not_believed(member: State, double: PortalDouble) -> None:
    _moved(member, double.url.replace("localhost", "127.0.0.1"))
    with pytest.raises(UnreachableError) as unreachable:
        line_of(member).poll(POLL)
    assert unreachable.value.untrusted


def test_renewal_replaces_key_and_certificate_together(double: PortalDouble, member: State) -> None:
    enrolment = member.enrolment()
    assert enrolment is not None
    before = member.identity.read_bytes()
    renew(member, enrolment, line_of(member))
    assert member.identity.read_bytes() != before
    assert double.enrolled["agent-1"].encode().strip() in member.identity.read_bytes()
    assert line_of(member).poll(POLL)


def test_who_shows_no_certificate_is_refused(double: PortalDouble, member: State) -> None:
    line = PortalLine(Address(double.url), trusting(double.authority.trust().authority))
    with pytest.raises(RefusalError) as refused:
        line.poll(POLL)
    assert refused.value.fault.code == "agent_certificate_missing"


def test_an_answer_without_end_is_not_read(double: PortalDouble, member: State) -> None:
    double.notices = ("я" * 2_000_000,)
    with pytest.raises(UnreachableError, match="too long"):
        line_of(member).poll(POLL)


def test_the_environment_names_no_proxy(double: PortalDouble, member: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert line_of(member).poll(POLL)


def test_what_may_be_said_again_later() -> None:
    assert RefusalError(503, Fault("busy", "")).later
    assert RefusalError(409, Fault("busy", "", retry=True)).later
    assert not RefusalError(409, Fault("epoch_over", "")).later


def _moved(state: State, url: str) -> None:
    enrolment = state.enrolment()
    assert enrolment is not None
    state.keep_enrolment(replace(enrolment, url=url))


def test_the_certificate_tells_its_end(member: State) -> None:
    ends = member.certificate_ends()
    assert ends is not None
    assert ends.utcoffset() == timedelta()

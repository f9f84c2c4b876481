"""How workstations get in, and who does not."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from sqlalchemy import select

from portal.bootstrap import Portal
from portal.connectors.agents.authority import SealedAgentAuthority
from portal.connectors.agents.front_key import FrontCertificate
from portal.connectors.agents.order_key import OrderKey
from portal.connectors.agents.safe import Safe
from portal.db.models import Agent, AuditEntry
from portal.domain.agent_codes import fingerprint_of, read_code
from portal.domain.agent_tasks import AgentState
from portal.domain.ids import AgentId
from portal.ports.agent_protocol import EnrolmentRequest, RenewalRequest, TicketRequest, Trust, load
from portal.services.agent_enrolment import MOST_WAITING, PER_ADDRESS
from tests.support.clock import FrozenClock
from tests.support.workstations import SAID, Station, a_request, answered, fault_of

DAY = timedelta(days=1)


def a_code(portal: Portal) -> str:
    return portal.agent_codes.make(by="administrator", comment="Бухгалтерия").text


def tags(portal: Portal) -> list[str]:
    with portal.database.read() as connection:
        return [row.tag for row in connection.execute(select(AuditEntry.tag).order_by(AuditEntry.id))]


def number_of(portal: Portal, uid: str = "") -> AgentId:
    with portal.database.read() as connection:
        query = select(Agent.id).where(Agent.uid == uid) if uid else select(Agent.id)
        return AgentId(connection.execute(query).scalars().all()[-1])


def test_a_code_lets_one_workstation_in(station: Station, portal: Portal) -> None:
    code = a_code(portal)
    trust = load(Trust, station.get("trust").data)
    authority = x509.load_pem_x509_certificate(trust.authority.encode())
    assert fingerprint_of(authority.public_bytes(Encoding.DER)) == read_code(code).fingerprint
    answer = station.come_in(code)
    made = x509.load_pem_x509_certificate(answer.certificate.encode())
    made.verify_directly_issued_by(authority)
    assert made.subject.rfc4514_string() == f"CN={answer.agent}"
    assert (answer.state, answer.trust) == (AgentState.ACCEPTED, trust)
    known = portal.agents.identify(answer.certificate)
    assert (known.uid, known.name) == (answer.agent, SAID.name)
    assert tags(portal) == ["portal:agent_code:made", "agent:agent:enrolled"]


def test_the_same_request_hears_the_same_answer_again(station: Station, portal: Portal) -> None:
    code = a_code(portal)
    assert answered(station.enrol(code)) == answered(station.enrol(code))


def test_a_code_is_good_once(station: Station, portal: Portal) -> None:
    code = a_code(portal)
    station.come_in(code)
    fault = fault_of(replace(station, certificate="", request=a_request()).enrol(code))
    assert (fault.code, fault.retry) == ("agent_code_used", False)
    assert "уже использован" in fault.words
    assert tags(portal)[-1] == "agent:agent_code:refused"


def test_a_code_expires(station: Station, portal: Portal, clock: FrozenClock) -> None:
    code = a_code(portal)
    clock.advance(days=1)
    assert fault_of(station.enrol(code)).code == "agent_code_expired"


def test_a_withdrawn_code_is_worthless(station: Station, portal: Portal) -> None:
    made = portal.agent_codes.make(by="administrator")
    portal.agent_codes.withdraw(made.id, by="administrator")
    assert fault_of(station.enrol(made.text)).code == "agent_code_wrong"


def test_a_wrong_code_and_one_of_another_portal(station: Station, portal: Portal) -> None:
    code = a_code(portal)
    secret, fingerprint = code[:24], code[25:]
    other = "0000-0000-0000-0000"
    assert fault_of(station.enrol(f"{'0000-' * 5}{fingerprint}")).code == "agent_code_wrong"
    assert fault_of(station.enrol(f"{secret}-{other}")).code == "agent_code_of_another_portal"
    assert fault_of(station.enrol("hello")).code == "agent_code_wrong"
    assert answered(station.enrol(code.lower())).state is AgentState.ACCEPTED


def test_without_a_code_an_administrator_decides(station: Station, portal: Portal) -> None:
    waiting = answered(station.enrol())
    assert (waiting.state, waiting.certificate) == (AgentState.WAITING, "")
    asked = TicketRequest(waiting.ticket)
    assert answered(station.post("enrolments/ticket", asked)).state is AgentState.WAITING
    portal.agents.accept(number_of(portal), by="administrator")
    accepted = answered(station.post("enrolments/ticket", asked))
    assert portal.agents.identify(accepted.certificate).uid == accepted.agent
    assert tags(portal) == ["agent:agent:asked", "portal:agent:accepted"]


def test_asking_again_makes_no_second_one(station: Station, portal: Portal) -> None:
    first, second = answered(station.enrol()), answered(station.enrol())
    assert fault_of(station.post("enrolments/ticket", TicketRequest(first.ticket))).code == "agent_ticket_unknown"
    assert answered(station.post("enrolments/ticket", TicketRequest(second.ticket))).state is AgentState.WAITING
    assert tags(portal) == ["agent:agent:asked"]


def test_who_is_turned_away_hears_it(station: Station, portal: Portal) -> None:
    ticket = TicketRequest(answered(station.enrol()).ticket)
    portal.agents.deny(number_of(portal), by="administrator", comment="Не наша")
    assert answered(station.post("enrolments/ticket", ticket)).state is AgentState.DENIED


@pytest.mark.parametrize("request_text", ["", "nonsense", "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n"])
def test_what_is_no_request_is_refused(station: Station, portal: Portal, request_text: str) -> None:
    message = EnrolmentRequest(request_text, SAID, a_code(portal))
    assert fault_of(station.post("enrolments", message)).code == "invalid_input"


def test_a_key_of_another_kind_is_refused(station: Station) -> None:
    key = rsa.generate_private_key(65537, 2048)
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    message = EnrolmentRequest(request.public_bytes(Encoding.PEM).decode(), SAID)
    assert fault_of(station.post("enrolments", message)).code == "invalid_input"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"request": 1}', b"{" * 5000])
def test_nonsense_is_told_so(station: Station, body: bytes) -> None:
    response = station.post("enrolments", body)
    assert (response.status_code, fault_of(response).code) == (400, "unreadable")


def test_a_large_message_is_not_read(station: Station) -> None:
    assert fault_of(station.post("enrolments", b" " * 20_000)).code == "http_413"


def test_a_flood_from_one_address_is_slowed_down(station: Station, app: Flask, portal: Portal) -> None:
    for _ in range(PER_ADDRESS.free + 1):
        assert station.enrol("wrong").status_code == 403
    response = station.enrol("wrong")
    fault = fault_of(response)
    assert (fault.code, fault.retry) == ("agent_enrolments_crowded", True)
    assert response.headers["Retry-After"]
    elsewhere = Station(app, portal.settings.front_secret(), address="10.9.9.9")
    assert answered(elsewhere.enrol(a_code(portal))).state is AgentState.ACCEPTED


def test_only_so_many_wait(station: Station, portal: Portal, clock: FrozenClock) -> None:
    rows = [
        {"uid": str(place), "name": "w", "machine": "m", "state": AgentState.WAITING, "asked_at": clock.now()}
        for place in range(MOST_WAITING)
    ]
    with portal.database.begin() as connection:
        connection.execute(Agent.__table__.insert(), rows)  # type: ignore[attr-defined]
    assert fault_of(station.enrol()).retry
    clock.advance(days=15)  # whom nobody decided about is forgotten
    assert answered(station.enrol()).state is AgentState.WAITING


# ── who asks ─────────────────────────────────────────────────────────────────


def refusal(station: Station) -> tuple[int, str]:
    response = station.post("renewals", RenewalRequest(a_request()))
    return response.status_code, fault_of(response).code


def test_a_header_from_outside_proves_nothing(station: Station, portal: Portal) -> None:
    station.come_in(a_code(portal))
    for forged in ("", "0" * 64, "Ъ"):
        assert refusal(replace(station, secret=forged)) == (403, "agent_front_only")
    shown = {"X-Client-Certificate": quote(station.certificate)}
    plain = station.app.test_client().post("/agent/v1/renewals", headers=shown)
    assert (plain.status_code, fault_of(plain).code) == (403, "agent_front_only")


def test_nobody_without_a_certificate(station: Station) -> None:
    assert refusal(station) == (401, "agent_certificate_missing")


def test_a_certificate_of_another_authority(station: Station, portal: Portal, tmp_path: Path) -> None:
    answer = station.come_in(a_code(portal))
    safe = Safe(tmp_path / "other", portal.vault)
    other = SealedAgentAuthority(safe, OrderKey(safe), portal.clock, "elsewhere")
    forged = other.issue(a_request(), answer.agent).pem
    for shown in (forged, "nonsense", answer.trust.authority if answer.trust else ""):
        assert refusal(replace(station, certificate=shown)) == (401, "agent_certificate_foreign")


def test_the_fronts_own_certificate_is_no_workstations(station: Station, portal: Portal) -> None:
    front = FrontCertificate(portal.agent_authority, ("localhost", "127.0.0.1")).current()
    shown = x509.load_pem_x509_certificates(front)[0].public_bytes(Encoding.PEM).decode()
    assert refusal(replace(station, certificate=shown)) == (401, "agent_certificate_foreign")


def test_a_certificate_of_nobody_and_one_that_never_was_his(station: Station, portal: Portal) -> None:
    stranger = portal.agent_authority.issue(a_request(), "nobody").pem
    assert refusal(replace(station, certificate=stranger)) == (403, "agent_unknown")
    answer = station.come_in(a_code(portal))
    second = portal.agent_authority.issue(a_request(), answer.agent).pem
    assert refusal(replace(station, certificate=second)) == (403, "agent_certificate_replaced")


def test_who_is_shut_out_is_out_at_once(station: Station, portal: Portal) -> None:
    answer = station.come_in(a_code(portal))
    portal.agents.revoke(number_of(portal, answer.agent), by="administrator")
    assert refusal(station) == (403, "agent_revoked")
    assert tags(portal)[-1] == "portal:agent:revoked"


def test_a_certificate_ends(station: Station, portal: Portal, clock: FrozenClock) -> None:
    station.come_in(a_code(portal))
    clock.advance(days=90)
    assert refusal(station) == (401, "agent_certificate_expired")


def test_a_renewal_leaves_the_former_one_for_a_day(station: Station, portal: Portal, clock: FrozenClock) -> None:
    first = station.come_in(a_code(portal))
    known = portal.agents.identify(first.certificate)
    assert not known.renewal_due(clock.now() + DAY * 59)
    assert known.renewal_due(clock.now() + DAY * 61)
    clock.advance(days=61)
    second = answered(station.post("renewals", RenewalRequest(a_request())))
    assert second.agent == first.agent
    assert portal.agents.identify(first.certificate).uid == portal.agents.identify(second.certificate).uid
    clock.advance(days=1)
    assert refusal(station) == (403, "agent_certificate_replaced")
    assert answered(replace(station, certificate=second.certificate).post("renewals", RenewalRequest(a_request())))


def test_a_contact_is_written_down(station: Station, portal: Portal, clock: FrozenClock) -> None:
    station.come_in(a_code(portal))
    clock.advance(minutes=5)
    station.post("renewals", b"nonsense")
    with portal.database.read() as connection:
        row = connection.execute(select(Agent.last_contact, Agent.address)).one()
    assert (row.last_contact, row.address) == (clock.now(), "10.1.2.3")


def test_keys_lie_sealed(station: Station, portal: Portal) -> None:
    station.come_in(a_code(portal))
    FrontCertificate(portal.agent_authority, ("localhost",)).current()
    folder = portal.settings.data_dir / "agents"
    names = {path.name for path in folder.iterdir()}
    assert names == {"authority.key", "authority.pem", "front.sealed", "lock", "order.key"}
    secret = portal.agent_authority.issuer.key.private_numbers().private_value.to_bytes(32)
    for path in folder.iterdir():
        content = path.read_bytes()
        assert b"PRIVATE KEY" not in content
        assert secret not in content
        assert path.stat().st_mode & 0o077 == 0


def test_curves_are_named(portal: Portal) -> None:
    assert portal.agent_authority.issue(a_request(ec.generate_private_key(ec.SECP384R1())), "any").uid == "any"

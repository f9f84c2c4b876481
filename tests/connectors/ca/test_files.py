"""Two folders with OpenSSL at the other end: what is put out, what is taken in, what is not believed."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from portal.connectors.ca.answering import HOLD
from portal.connectors.ca.files.opening import checked
from portal.connectors.ca.files.suspending import SuspendingFiles
from portal.connectors.clock import SystemClock
from portal.domain.certificate import Revocation
from portal.domain.outcomes import Absent, Accepted, Done, Happened, Refused, Unknown, Waiting, WaitingFor
from portal.domain.troubles import Trouble
from portal.ports.certificate_authority import RevocationOrder, Suspender
from portal.ports.connectors import TraceStep
from tests.support.ca_answers import refusal
from tests.support.desk import Attended, Desk, a_desk
from tests.support.foreign_pki import certified, foreign_root
from tests.support.pki import a_key, a_named_order, openssl, serial_of

CLOCK = SystemClock()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return a_desk(tmp_path / "desk")


def aged(path: Path) -> None:
    """Nobody is writing it any more."""
    then = time.time() - 3600
    os.utime(path, (then, then))


def test_an_order_is_put_out_whole_with_what_it_is_about(desk: Desk) -> None:
    order = a_named_order("order-1", a_key())
    waiting = desk.connector(CLOCK).request(order)
    assert isinstance(waiting, Waiting)
    assert waiting.whom is WaitingFor.CA
    assert (desk.out / "order-1.p10").read_bytes() == order.request
    said = json.loads((desk.out / "order-1.json").read_text())
    assert (said["order"], said["profile"]) == ("order-1", "domain-logon")
    assert ["CN", "Ёлкина Юлия Юрьевна"] in said["subject"]
    assert sorted(path.name for path in desk.out.iterdir()) == [".sent", "order-1.json", "order-1.p10"]


def test_a_request_that_was_taken_away_is_not_put_out_again(desk: Desk) -> None:
    order = a_named_order("order-1", a_key())
    desk.connector(CLOCK).request(order)
    for path in desk.out.glob("order-1.*"):
        path.unlink()
    assert isinstance(desk.connector(CLOCK).request(order), Waiting)
    assert isinstance(desk.connector(CLOCK).effect_of(order), Accepted)
    assert not list(desk.out.glob("*.p10"))


def test_a_power_cut_between_remembering_and_showing(desk: Desk) -> None:
    order = a_named_order("order-1", a_key())
    desk.connector(CLOCK).request(order)
    (desk.out / "order-1.p10").rename(desk.out / ".order-1.p10")
    desk.connector(CLOCK).request(order)
    assert (desk.out / "order-1.p10").read_bytes() == order.request


def test_an_id_that_is_no_file_name(desk: Desk) -> None:
    assert isinstance(desk.connector(CLOCK).request(a_named_order("../../etc/passwd", a_key())), Waiting)
    (put,) = desk.out.glob("*.p10")
    assert "passwd" not in put.name


def test_an_order_id_serves_one_key_only(desk: Desk) -> None:
    desk.connector(CLOCK).request(a_named_order("order-1", a_key()))
    other = a_named_order("order-1", a_key())
    assert refusal(desk.connector(CLOCK).request(other)) == (Trouble.CA_REFUSED, "order_differs", True)
    assert isinstance(desk.connector(CLOCK).effect_of(other), Unknown)


@pytest.mark.parametrize("named", ["order-1.cer", "anything.crt", "order-1.p7b"])
def test_the_answer_is_found_by_name_or_by_key(desk: Desk, named: str) -> None:
    ca, order = desk.connector(CLOCK), a_named_order("order-1", a_key())
    waiting = ca.request(order)
    assert isinstance(waiting, Waiting)
    desk.openssl.sign(desk.out / "order-1.p10", desk.openssl.folder / "made.pem")
    if named.endswith(".p7b"):
        desk.openssl.bundle(desk.openssl.folder / "made.pem", desk.into / named)
    else:
        (desk.openssl.folder / "made.pem").rename(desk.into / named)
    made = ca.look_up(waiting.ticket)
    assert isinstance(made, Done)
    assert ca.effect_of(order) == Happened(made.reply)
    assert ca.request(order) == made


def test_a_refusal_says_why(desk: Desk) -> None:
    ca, order = desk.connector(CLOCK), a_named_order("order-1", a_key())
    waiting = ca.request(order)
    assert isinstance(waiting, Waiting)
    (desk.into / "order-1.txt").write_text("Нет доверенности\n")
    outcome = ca.look_up(waiting.ticket)
    assert refusal(outcome) == (Trouble.CA_REFUSED, "declined", True)
    assert isinstance(outcome, Refused)
    assert outcome.why.get("about") == "Нет доверенности"
    assert ca.effect_of(order) == Absent()


def test_a_certificate_for_another_key_or_by_somebody_else_is_not_believed(desk: Desk) -> None:
    ca, key = desk.connector(CLOCK), a_key()
    order = a_named_order("order-1", key)
    ca.request(order)
    stranger = foreign_root("Stranger")
    for der, detail in ((certified(stranger, a_key()), "key"), (certified(stranger, key), "chain")):
        (desk.into / "order-1.cer").write_bytes(der)
        assert refusal(ca.request(order)) == (Trouble.CA_MISMATCH, detail, True)
        effect = ca.effect_of(order)
        assert isinstance(effect, Unknown)
        assert effect.whom is None


def test_a_file_that_is_still_being_copied_is_waited_for(desk: Desk) -> None:
    ca, order = desk.connector(CLOCK), a_named_order("order-1", a_key())
    ca.request(order)
    half = desk.into / "order-1.cer"
    half.write_bytes(b"-----BEGIN CERTIFICATE-----\nMII")
    assert isinstance(ca.request(order), Waiting)
    aged(half)
    assert refusal(ca.request(order)) == (Trouble.CA_MISMATCH, "unreadable", True)


@pytest.mark.parametrize("named", ["order-1.cer", "another.cer"])
def test_ten_megabytes_of_rubbish(desk: Desk, named: str) -> None:
    ca, order = desk.connector(CLOCK), a_named_order("order-1", a_key())
    ca.request(order)
    (desk.into / named).write_bytes(b"\0" * 10_000_000)
    trouble, _detail, permanent = refusal(ca.request(order))
    assert (trouble, permanent) == (Trouble.CA_UNAVAILABLE, False)


def test_a_folder_that_is_gone_is_tried_again(desk: Desk) -> None:
    desk.into.rmdir()
    outcome = desk.connector(CLOCK).request(a_named_order("order-1", a_key()))
    assert isinstance(outcome, Refused | Waiting)
    gone = desk.connector(CLOCK, folder_out=str(desk.folder / "nowhere"))
    assert refusal(gone.request(a_named_order("order-2", a_key())))[::2] == (Trouble.CA_UNAVAILABLE, False)


def test_a_revocation_is_asked_for_and_seen_in_their_list(desk: Desk, tmp_path: Path) -> None:
    ca = desk.connector(CLOCK)
    made = Attended(desk, ca).request(a_named_order("order-1", a_key()))
    assert isinstance(made, Done)
    serial = serial_of(made.reply)
    waiting = ca.revoke(RevocationOrder("r", serial, "keyCompromise"))
    assert isinstance(waiting, Waiting)
    assert waiting.why.detail == "revoke_there"
    assert json.loads((desk.out / f"{serial}.revoke.json").read_text())["reason"] == "keyCompromise"
    desk.work()
    assert isinstance(ca.revoke(RevocationOrder("r", serial)), Done)
    listed = openssl(desk.into, "crl", "-in", "desk.crl", "-noout", "-text")
    assert f"Serial Number: {serial.upper()}" in listed


def a_serial(desk: Desk) -> str:
    """Of a certificate that was issued."""
    made = Attended(desk, desk.connector(CLOCK)).request(a_named_order("order-1", a_key()))
    assert isinstance(made, Done)
    return serial_of(made.reply)


def wished(desk: Desk, serial: str) -> str:
    """What the file for the people over there says."""
    reason: str = json.loads((desk.out / f"{serial}.revoke.json").read_text())["reason"]
    return reason


def suspender(desk: Desk) -> SuspendingFiles:
    ca = desk.connector(CLOCK)
    assert isinstance(ca, SuspendingFiles)
    return ca


def test_the_last_wish_counts_and_only_a_list_from_after_it(desk: Desk) -> None:
    ca, serial = suspender(desk), a_serial(desk)
    assert isinstance(ca.revoke(RevocationOrder("h", serial, HOLD)), Waiting)
    waiting = ca.release(RevocationOrder("r", serial))
    assert isinstance(waiting, Waiting)  # it is not on hold, but somebody may be about to put it there
    assert waiting.why.detail == "hold_there"
    assert wished(desk, serial) == "removeFromCRL"
    desk.work()
    assert isinstance(ca.release(RevocationOrder("r", serial)), Done)
    assert isinstance(ca.release(RevocationOrder("r", serial)), Done)


def test_a_wish_that_was_taken_away_is_shown_again_when_their_next_list_does_not_know_it(desk: Desk) -> None:
    ca, serial = suspender(desk), a_serial(desk)
    asks, file = RevocationOrder("h", serial, HOLD), desk.out / f"{serial}.revoke.json"
    ca.revoke(asks)
    file.unlink()
    assert isinstance(ca.revoke(asks), Waiting)
    assert not file.exists()  # they are at it
    desk.openssl.list_revoked(desk.into / "desk.crl")
    assert isinstance(ca.revoke(asks), Waiting)
    assert wished(desk, serial) == HOLD


def test_a_hold_may_be_declined_and_wished_again(desk: Desk) -> None:
    ca, serial = suspender(desk), a_serial(desk)
    asks = RevocationOrder("h", serial, HOLD)
    assert isinstance(ca.revoke(asks), Waiting)
    (desk.into / f"{serial}.revoke.txt").write_text("Нет заявления")
    outcome = ca.revoke(asks)
    assert refusal(outcome) == (Trouble.CA_REFUSED, "declined", True)
    assert isinstance(outcome, Refused)
    assert outcome.why.get("about") == "Нет заявления"
    assert isinstance(ca.revoke(asks), Waiting)  # an old word does not answer a new wish
    desk.work()
    assert isinstance(ca.revoke(asks), Done)


def test_a_revocation_makes_a_hold_final(desk: Desk) -> None:
    ca, serial = suspender(desk), a_serial(desk)
    ca.revoke(RevocationOrder("h", serial, HOLD))
    desk.work()
    assert isinstance(ca.revoke(RevocationOrder("h", serial, HOLD)), Done)
    assert isinstance(ca.revoke(RevocationOrder("f", serial, "keyCompromise")), Waiting)
    desk.work()
    assert isinstance(ca.revoke(RevocationOrder("f", serial, "keyCompromise")), Done)
    assert refusal(ca.release(RevocationOrder("r", serial))) == (Trouble.CA_REFUSED, "revoked_for_good", True)


def test_people_who_hold_nothing_are_not_asked_to(desk: Desk) -> None:
    ca = desk.connector(CLOCK, holds="")
    assert not isinstance(ca, Suspender)
    assert refusal(ca.revoke(RevocationOrder("h", "10", HOLD))) == (Trouble.CA_REFUSED, "no_hold", True)
    taken_back = RevocationOrder("r", "10", "removeFromCRL")
    assert refusal(suspender(desk).revoke(taken_back)) == (Trouble.CA_REFUSED, "unknown_reason", True)
    assert not list(desk.out.iterdir())


def test_a_list_by_somebody_else_is_not_believed(desk: Desk, tmp_path: Path) -> None:
    ca = desk.connector(CLOCK)
    made = Attended(desk, ca).request(a_named_order("order-1", a_key()))
    assert isinstance(made, Done)
    assert ca.status(serial_of(made.reply)) is Revocation.GOOD
    a_desk(tmp_path / "another").openssl.list_revoked(desk.into / "desk.crl")
    assert ca.status(serial_of(made.reply)) is Revocation.UNKNOWN
    wish = RevocationOrder("r", serial_of(made.reply))
    assert refusal(ca.revoke(wish)) == (Trouble.CA_UNAVAILABLE, "list of revoked certificates: chain", False)
    desk.openssl.list_revoked(desk.into / "desk.crl")
    whole = (desk.into / "desk.crl").read_bytes()
    (desk.into / "desk.crl").write_bytes(whole[: len(whole) // 2])  # somebody is copying it
    assert refusal(ca.revoke(wish))[::2] == (Trouble.CA_UNAVAILABLE, False)
    (desk.into / "desk.crl").write_bytes(whole)
    assert isinstance(ca.revoke(wish), Waiting)
    desk.work()
    assert isinstance(ca.revoke(wish), Done)


def test_a_ticket_it_never_gave_is_refused(desk: Desk) -> None:
    for ticket in ("../x.00", "never.00", ""):
        assert refusal(desk.connector(CLOCK).look_up(ticket)) == (Trouble.CA_REFUSED, "unknown_ticket", True)


def test_what_is_no_request_is_refused(desk: Desk) -> None:
    spoilt = replace(a_named_order("order-1", a_key()), request=b"rubbish")
    assert refusal(desk.connector(CLOCK).request(spoilt)) == (Trouble.CA_REFUSED, "bad_request", True)
    assert not list(desk.out.iterdir())


def test_a_check_tries_both_folders(desk: Desk) -> None:
    assert [line.ok for line in checked(desk.values(), CLOCK)] == [True, True, True]
    lost = checked(desk.values(folder_in=str(desk.folder / "nowhere")), CLOCK)[-1]
    assert (lost.what, lost.ok) == (TraceStep.FOLDER_IN, False)
    assert not list(desk.out.iterdir())

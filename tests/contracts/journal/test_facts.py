"""What became true goes into the records together with the outcome."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.domain.contents import TokenContents
from portal.domain.facts import (
    CertificateIssued,
    CertificateRemoved,
    CertificateRetained,
    CertificateRevoked,
    CertificateWritten,
    CommonWritten,
    ContentsSeen,
    DeviceRegistered,
    DeviceWithdrawn,
    Fact,
    KeyGenerated,
    KeyRemoved,
    LeftBehind,
    RegisterOwed,
)
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, why
from tests.contracts.journal.subjects import KEY, InMemory, Subject, begun
from tests.support.clock import NOON
from tests.support.ledgers import SERIAL


def issued(fingerprint: str) -> CertificateIssued:
    return CertificateIssued(
        fingerprint=fingerprint,
        key_id="aa",
        template=KEY,
        template_name="Подпись",
        serial=f"5{fingerprint}",
        subject="CN=Иванова",
        issuer="CN=CA",
        not_before=NOON,
        not_after=datetime(2027, 1, 1, tzinfo=UTC),
        attributes=(("title", "юрист"),),
        escrow=False,
        revoke_on_removal=True,
        der=b"der",
    )


EMPTY: dict[str, Any] = {
    "certificates": {},
    "history": set(),
    "revoked": set(),
    "registered": set(),
    "leftovers": set(),
}
OWED = RegisterOwed(Register.SECRET_NET, on=True, why=why(Trouble.REGISTER_UNAVAILABLE))
CONTENTS = TokenContents(SERIAL, (), complete=True)


@pytest.mark.parametrize(
    ("facts", "known"),
    [
        ((KeyGenerated("aa", "x"),), {}),
        ((issued("f1"),), {"certificates": {"f1": "issued"}}),
        ((issued("f1"), issued("f1")), {"certificates": {"f1": "issued"}}),
        ((issued("f1"), CertificateWritten("f1")), {"certificates": {"f1": "written"}}),
        ((issued("f1"), CertificateWritten("f1"), CertificateRemoved("f1")), {"certificates": {"f1": "removed"}}),
        (
            (issued("f1"), CertificateWritten("f1"), CertificateRetained("f1")),
            {"certificates": {"f1": "written"}, "history": {"f1"}},
        ),
        ((issued("f1"), CertificateRevoked("main", "5f1")), {"certificates": {"f1": "issued"}, "revoked": {"5f1"}}),
        ((CommonWritten("root", 2, "f2", "cc"),), {"certificates": {"f2": "written"}}),
        ((DeviceRegistered(Register.SECRET_NET),), {"registered": {"secret_net"}}),
        (
            (DeviceRegistered(Register.SECRET_NET), DeviceRegistered(Register.SECRET_NET)),
            {"registered": {"secret_net"}},
        ),
        ((DeviceRegistered(Register.SECRET_NET), DeviceWithdrawn(Register.SECRET_NET)), {}),
        ((OWED,), {"registered": {"secret_net"}}),
        ((OWED, DeviceRegistered(Register.SECRET_NET)), {"registered": {"secret_net"}}),
        ((DeviceRegistered(Register.SECRET_NET), replace(OWED, on=False)), {}),
        ((OWED, replace(OWED, on=False), replace(OWED, refused=True)), {"registered": {"secret_net"}}),
        ((ContentsSeen(CONTENTS),), {"contents": CONTENTS.content_hash()}),
        ((LeftBehind("aa"), LeftBehind("aa")), {"leftovers": {("aa", None)}}),
        ((LeftBehind("aa", "f1"), LeftBehind("aa", "f1")), {"leftovers": {("aa", "f1")}}),
        ((LeftBehind("aa"), LeftBehind("bb", "f1"), KeyRemoved("aa")), {"leftovers": {("bb", "f1")}}),
        ((LeftBehind("bb", "f1"), CertificateRemoved("f1"), LeftBehind("bb")), {"leftovers": {("bb", None)}}),
        ((issued("f1"), LeftBehind("aa"), CertificateWritten("f1")), {"certificates": {"f1": "written"}}),
        (
            (issued("f1"), CertificateWritten("f1"), LeftBehind("aa", "f1")),
            {"certificates": {"f1": "removed"}, "leftovers": {("aa", "f1")}},
        ),
    ],
)
def test_facts_become_records(subject: Subject, facts: tuple[Fact, ...], known: dict[str, Any]) -> None:
    _, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.finish(claim, 1, reply={}, facts=facts, then=0, now=NOON)
    told = subject.known()
    if "certificates" not in known or len(told["certificates"]) > len(known["certificates"]):  # no row, none
        told["certificates"] = {
            f: place for f, place in told["certificates"].items() if f in known.get("certificates", {})
        }
    assert told == {**EMPTY, "contents": None, **known}


def test_a_certificate_nobody_knows_of_is_not_invented(subject: Subject) -> None:
    _, claim = begun(subject)
    if isinstance(subject, InMemory):
        return  # its records keep no key id to miss
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.finish(claim, 1, reply={}, facts=(CertificateWritten("f9"),), then=0, now=NOON)
    assert subject.known()["certificates"] == {}

"""The direct exchange against a script: answers."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.connectors.smev.direct import DirectExchange
from portal.connectors.smev.safe_xml import parse
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.domain.errors import OutsideUnavailable
from portal.ports.exchange import (
    Rejection,
    Rule,
    SignatureState,
    Unreadable,
)
from tests.connectors.smev import said
from tests.connectors.smev.direct.exchanging import received
from tests.support.gost import GostPeople, sign_service
from tests.support.smev_scripted import Line, Script


def test_an_answer_with_content(
    server: Script, exchange: DirectExchange, smev_signer: SidecarSigner, signer: SidecarSigner, number: str
) -> None:
    raw = said.signed_answer(number, said.content(), smev=smev_signer, sender=signer)
    server.says(raw)
    answer = received(exchange)
    assert server.heard[0].action == "urn:GetResponse"
    assert (answer.message_id, answer.original_id, answer.raw) == (said.THEIRS, said.OURS, raw)
    assert (answer.signature, answer.sender_signature) == (SignatureState.VALID, SignatureState.VALID)
    assert answer.trustworthy
    name = parse(answer.content)
    assert (name.tag, name[0].text) == ("{urn:kind/1.0}answer", "Щербаков-Ёлкин")
    assert (answer.rejects, answer.progress, answer.status, answer.deviations) == ((), None, None, ())
    assert (answer.sender, answer.sent_at) == ("MVD", datetime(2026, 11, 22, 9, tzinfo=UTC))


def test_the_quirks_of_the_stand_are_told_and_do_no_harm(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner
) -> None:
    raw = said.signed_answer("1.2", said.content(), smev=smev_signer, sender=None, human=False)
    parts = b"--B\r\nContent-Type: application/xop+xml\r\n\r\n" + raw + b"\r\n--B--\r\n"
    server.says(Line(parts, content_type='multipart/related; boundary="B"; type="application/xop+xml"'))
    answer = received(newest)
    assert (answer.signature, answer.sender_signature) == (SignatureState.VALID, SignatureState.ABSENT)
    assert answer.trustworthy
    assert answer.raw == parts
    assert answer.deviations == (
        "version 1.2",
        "Sender without HumanReadableName",
        "Recipient without HumanReadableName",
    )


def test_rejections(server: Script, newest: DirectExchange, smev_signer: SidecarSigner) -> None:
    inside = said.rejected("NO_DATA", "NEWLY_INVENTED")
    server.says(said.signed_answer("1.3", inside, smev=smev_signer, sender=smev_signer))
    answer = received(newest)
    assert [(reject.reason, reject.code) for reject in answer.rejects] == [
        (Rejection.NO_DATA, "NO_DATA"),
        (None, "NEWLY_INVENTED"),
    ]
    assert answer.content == b""


def test_progress(server: Script, newest: DirectExchange, smev_signer: SidecarSigner) -> None:
    inside = (
        "<RequestStatus><StatusCode>7</StatusCode><StatusParameter><Key>place</Key><Value>3</Value></StatusParameter>"
        "<StatusDescription>В работе</StatusDescription></RequestStatus>"
    )
    server.says(said.signed_answer("1.3", inside, smev=smev_signer, sender=smev_signer))
    progress = received(newest).progress
    assert progress is not None
    assert (progress.category, progress.details, progress.parameters) == ("7", "В работе", {"place": "3"})


@pytest.mark.parametrize(
    ("inside", "category", "rule", "fault"),
    [
        (said.status("requestIsQueued"), "requestIsQueued", None, ""),
        (said.status("requestIsQueued", said.smev_fault("SMEVFailure")), "requestIsQueued", None, ""),
        (said.status("requestIsRejectedBySmev"), "requestIsRejectedBySmev", Rule.REFUSE, ""),
        (
            said.status("requestIsRejectedBySmev", said.smev_fault("InvalidContent")),
            "requestIsRejectedBySmev",
            Rule.REFUSE,
            "InvalidContent SMEV-403",
        ),
        (
            said.status("requestIsRejectedBySmev", said.smev_fault("DestinationOverflow", "SMEV-600:Полна")),
            "requestIsRejectedBySmev",
            Rule.NEW_ID,
            "DestinationOverflow SMEV-600",
        ),
    ],
)
def test_statuses_come_in_both_queues(
    server: Script,
    newest: DirectExchange,
    smev_signer: SidecarSigner,
    inside: str,
    category: str,
    rule: Rule | None,
    fault: str,
) -> None:
    server.says(said.signed_answer("1.3", inside, smev=smev_signer, sender=smev_signer))
    status = received(newest).status
    server.says(said.noted("1.3", smev_signer, inside))
    noted = newest.next_status()
    assert status is not None
    assert noted is not None
    assert server.heard[0].action == "urn:GetStatus"
    assert (noted.original_id, noted.signature, noted.note) == (said.OURS, SignatureState.VALID, status)
    assert (status.category, status.rule, status.fault) == (category, rule, fault)
    assert status.details.startswith("Подробности")


def test_an_answer_recorded_from_the_real_stand(official: Path, server: Script, newest: DirectExchange) -> None:
    raw = (official / "recorded" / "GetResponseResponce_InvalidContent.xml").read_bytes()
    server.says(raw)
    answer = received(newest)
    assert answer.original_id == "ac9fbf27-8b8c-11eb-9086-e2bf794ac2e9"
    assert answer.message_id == "ad1d4183-8b8c-11eb-9ae4-fa163e6269f4"
    assert answer.status is not None
    assert (answer.status.rule, answer.status.fault) == (Rule.REFUSE, "InvalidContent SMEV-403")
    # who recorded it indented it: the digests hold, the octets of SignedInfo do not
    assert answer.signature is SignatureState.FORGED
    assert answer.deviations[0] == "version 1.2"


@pytest.mark.parametrize("raw", [b"", said.empty("1.3"), said.empty("1.1"), said.envelope("")])
def test_an_empty_queue(server: Script, newest: DirectExchange, raw: bytes) -> None:
    server.says(raw)
    assert newest.next_answer() is None
    assert newest.next_status() is None


@pytest.mark.parametrize(
    ("damage", "state"),
    [
        (lambda raw: raw.replace("Ёлкин".encode(), "Елкин".encode()), SignatureState.CHANGED),
        (lambda raw: raw.replace(b'Id="RESPONSE"', b'Id="OTHER"'), SignatureState.MISPLACED),
        (lambda raw: raw.replace(b'Id="META"', b'Id="RESPONSE"'), SignatureState.MISPLACED),
    ],
)
def test_a_damaged_answer_is_received_and_not_believed(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner, damage: object, state: SignatureState
) -> None:
    assert callable(damage)
    server.says(damage(said.signed_answer("1.3", said.content(), smev=smev_signer, sender=smev_signer)))
    answer = received(newest)
    assert (answer.message_id, answer.signature, answer.trustworthy) == (said.THEIRS, state, False)


def test_an_unsigned_answer_is_not_believed(server: Script, newest: DirectExchange) -> None:
    server.says(said.signed_answer("1.3", said.content(), smev=None, sender=None))
    answer = received(newest)
    assert (answer.signature, answer.trustworthy) == (SignatureState.ABSENT, False)


@pytest.mark.parametrize(
    ("who", "state"), [("stranger", SignatureState.UNTRUSTED), ("expired", SignatureState.EXPIRED)]
)
def test_an_answer_signed_by_another_is_not_believed(
    server: Script, newest: DirectExchange, people: GostPeople, who: str, state: SignatureState
) -> None:
    with sign_service(people.folder / "o", getattr(people, who)) as other:
        server.says(said.signed_answer("1.3", said.content(), smev=other, sender=other))
    answer = received(newest)
    assert (answer.signature, answer.trustworthy) == (state, False)


def test_a_forged_sender_is_not_believed_even_if_the_exchange_vouches(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner
) -> None:
    raw = said.answer("1.3", said.content())
    raw = said.signed(raw, smev_signer, "SenderProvidedResponseData", "SenderInformationSystemSignature")
    raw = raw.replace("Ёлкин".encode(), "Елкин".encode())
    raw = said.signed(raw, smev_signer, "Response", "SMEVSignature")
    server.says(raw)
    answer = received(newest)
    assert (answer.signature, answer.sender_signature) == (SignatureState.VALID, SignatureState.CHANGED)
    assert not answer.trustworthy


@pytest.mark.parametrize("inside", [said.content() * 2, said.content(said.PERSON * 2), said.status("x") * 2])
def test_what_could_be_read_two_ways_is_kept_unread(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner, inside: str
) -> None:
    raw = said.signed_answer("1.3", inside, smev=smev_signer, sender=smev_signer)
    server.says(raw)
    answer = newest.next_answer()
    assert isinstance(answer, Unreadable)
    assert answer.raw == raw


def test_a_message_without_an_id_is_kept_unread(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner
) -> None:
    raw = said.signed_answer("1.3", said.content(), smev=smev_signer, sender=smev_signer)
    server.says(raw.replace(said.THEIRS.encode(), b""))
    assert isinstance(newest.next_answer(), Unreadable)


def test_a_content_without_a_canonical_form_is_kept_unread(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner
) -> None:
    raw = said.signed_answer("1.3", said.content(), smev=smev_signer, sender=smev_signer)
    server.says(raw.replace(b"urn:kind/1.0", b"relative"))
    assert isinstance(newest.next_answer(), Unreadable)


def test_a_signed_info_without_a_canonical_form_is_malformed(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner
) -> None:
    raw = said.signed_answer("1.3", said.content(), smev=smev_signer, sender=None)
    server.says(raw.replace(b"<ds:SignedInfo>", b'<ds:SignedInfo xmlns:r="relative" r:a="">'))
    assert received(newest).signature is SignatureState.MALFORMED


def test_a_status_that_could_be_read_two_ways_is_no_answer(server: Script, newest: DirectExchange) -> None:
    server.says(said.noted("1.3", None, said.status("x") * 2))
    with pytest.raises(OutsideUnavailable):
        newest.next_status()


def test_an_envelope_without_a_body_is_no_answer(server: Script, newest: DirectExchange) -> None:
    server.says(said.envelope("").replace(b"<s:Body></s:Body>", b""))
    with pytest.raises(OutsideUnavailable):
        newest.next_answer()


def test_two_responses_in_one_message_are_kept_unread(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner
) -> None:
    raw = said.signed_answer("1.3", said.content(), smev=smev_signer, sender=smev_signer)
    begin, end = raw.index(b"<Response "), raw.index(b"</Response>") + len(b"</Response>")
    server.says(raw[:begin] + raw[begin:end].replace(b"RESPONSE", b"EVIL") + raw[begin:])
    assert isinstance(newest.next_answer(), Unreadable)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (Line(said.fault("SMEVFailure"), 500), Rule.RESEND_SAME),
        (Line(said.fault("AccessDenied"), 500), Rule.CONFIGURATION),
        (Line(b"garbage"), None),
        (Line(cut=0), None),
    ],
)
def test_a_queue_that_cannot_be_read(server: Script, newest: DirectExchange, line: Line, rule: Rule | None) -> None:
    server.says(line)
    for ask in (newest.next_answer, newest.next_status):
        with pytest.raises(OutsideUnavailable) as error:
            ask()
        assert error.value.data.get("rule") == rule

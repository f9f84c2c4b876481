"""The table of faults, each over a real line in both transports.

Whatever goes wrong: no qualified certificate without a true confirmation, no question lost, none asked twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from portal.connectors.clock import SystemClock
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.domain.identity_check import CheckState, Verdict
from tests.services.identity_bureau import BOTH, SNILS
from tests.services.identity_line import OTHERWISE, TRUTH, WOMAN, Line, Watched, WatchedFinder
from tests.support.office import Office
from tests.support.smev_stand import RunningStand, running_stand

# what goes wrong lies on the line: databases are told apart by the tests of each service
pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.parametrize("database", ["sqlite"], indirect=True)]


@dataclass(frozen=True, slots=True)
class Row:
    """What goes wrong once, where, and the verdict that comes of it before a person helps."""

    what: str
    where: str
    verdict: Verdict = Verdict.CONFIRMED
    both_ways: bool = False


NONE = Verdict.NO_ANSWER
#: Faults of sending that pass, or that a person must set right: the same message goes again.
SAME = (
    *("SMEVFailure", "DestinationOverflow", "AccessDenied", "SenderIsNotRegistered", "RecipientIsNotFound"),
    *("BusinessDataTypeIsNotSupported", "UnknownMessageType", "PersonalAccessDenied", "TransactionCodeInvalid"),
    *(
        f"SignatureVerificationFault/{code}"
        for code in (
            *("PoorSOAPEnvelopeFormat", "NoSignatureFound", "IncorrectSignatureTarget"),
            *("SignatureIsInvalid", "CertificateIsNotFound", "CertificateIsExpired"),
        )
    ),
)
#: The same question goes as another message.
ANEW = ("StaleMessageId", "EndOfLifeReached")
#: Never again as it is: a person looks at it.
REFUSED = (
    *("InvalidMessageIdFormat", "InvalidContent", "AttachmentContentMiscoordination"),
    *("AttachmentSizeLimitExceeded", "QuoteLimitExceeded"),
)
LINE = ("http:503", "http:404", "cut_before", "cut_after", "truncated", "garbage", "xxe", "laughs", "multipart")
ROWS = (
    *(Row(f"fault:{name}", "send") for name in (*SAME, *ANEW)),
    *(Row(f"fault:{name}", "send", NONE) for name in REFUSED),
    *(Row(f"fault:{name}", where) for name in ("SMEVFailure", "AccessDenied") for where in ("get", "ack")),
    Row("fault:TargetMessageIsNotFound", "ack"),
    *(Row(what, where, both_ways=where != "ack") for what in LINE for where in ("send", "get", "ack")),
    *(Row(what, "get", both_ways=what == "again") for what in ("again", "no_names")),
    Row("forgotten", "ack"),
    *(Row(what, "send") for what in ("unsigned", "expired", "stranger")),
)
FORGED = ("wrong_signature", "wrapped", "sender_forged", "unsigned", "expired", "stranger")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStand]:
    with running_stand(tmp_path_factory.mktemp("faults")) as stand:
        yield stand


@pytest.fixture(scope="module")
def signer(running: RunningStand) -> Iterator[SidecarSigner]:
    with running.signing() as client:
        yield client


@pytest.fixture
def direct(office: Office, running: RunningStand, signer: SidecarSigner) -> Iterator[Line]:
    exchange = running.directly(signer, SystemClock())
    yield Line(office, running, Watched(exchange))
    exchange.endpoint._drop()


@pytest.fixture
def adapter(office: Office, running: RunningStand) -> Iterator[Line]:
    exchange = running.by_adapter()
    yield Line(office, running, WatchedFinder(exchange))
    exchange.endpoint._drop()


def knows(line: Line, facts: dict[str, str]) -> None:
    line.stand.order("book", entries=[WOMAN | facts])


def survives(line: Line, row: Row) -> None:
    """The check ends as it must; nothing is lost, nothing is asked twice."""
    knows(line, TRUTH)
    application = line.bureau.start()
    line.stand.goes_wrong(row.what, row.where)
    verdict = line.live(application)
    assert line.stand.state()["played"] > 0
    if row.verdict is NONE:
        assert (verdict, line.allowed("early")) == (NONE, False)
        for question in line.bureau.questions(application).values():
            if question.state is CheckState.NO_ANSWER:
                line.bureau.checks.repeat(question.id, actor="operator")
        verdict = line.live(application)
    assert (verdict, line.allowed("late")) == (Verdict.CONFIRMED, True)
    line.settle()
    assert [line.sent_by(service) for service in BOTH] == [1, 1]
    assert line.stand.state()["waiting"] == 0
    assert all(answer.acknowledged_at for answer in line.bureau.answers())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.where}-{row.what}")
def test_the_direct_exchange(direct: Line, row: Row) -> None:
    survives(direct, row)


@pytest.mark.parametrize("row", [row for row in ROWS if row.both_ways], ids=lambda row: f"{row.where}-{row.what}")
def test_the_adapter(adapter: Line, row: Row) -> None:
    survives(adapter, row)


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_answer_confirms_nobody(direct: Line, what: str) -> None:
    """What the forger says is that all is well; the register knows otherwise, and is asked once more."""
    knows(direct, OTHERWISE)
    application = direct.bureau.start(frozenset({SNILS}))
    direct.stand.goes_wrong(what, "get")
    assert direct.live(application) is NONE
    assert not direct.allowed("forged")
    (question,) = direct.bureau.questions(application).values()
    assert question.trouble == "signature"
    direct.bureau.checks.repeat(question.id, actor="operator")
    assert direct.live(application) is Verdict.REFUTED
    assert not direct.allowed("true")


ENDINGS = {
    "reject:NO_DATA": (Verdict.NOT_FOUND, 1),
    "reject:ACCESS_DENIED": (NONE, 1),
    "reject:UNKNOWN_REQUEST_DESCRIPTION": (NONE, 1),
    "reject:FAILURE": (NONE, 6),
    "reject:FAILURE+NO_DATA": (Verdict.NOT_FOUND, 1),
    "status:InvalidContent": (NONE, 1),
    "status:AccessDenied": (NONE, 1),
    "garbage": (NONE, 1),
    "processing:60": (Verdict.CONFIRMED, 1),
    "late:3600": (Verdict.CONFIRMED, 1),
    "truth": (Verdict.CONFIRMED, 1),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("transport", ["direct", "adapter"])
def test_every_ending(request: pytest.FixtureRequest, transport: str, ending: str) -> None:
    line: Line = request.getfixturevalue(transport)
    verdict, messages = ENDINGS[ending]
    knows(line, TRUTH)
    line.stand.ends("*", ending, SNILS.value)
    application = line.bureau.start(frozenset({SNILS}))
    assert line.live(application) is verdict
    line.settle()
    assert line.sent_by(SNILS) == messages
    assert line.bureau.verdict(application) is verdict
    assert not line.bureau.questions(application)[SNILS].state.open


@pytest.mark.parametrize("transport", ["direct", "adapter"])
def test_an_answer_of_the_day_after_tomorrow_still_counts(request: pytest.FixtureRequest, transport: str) -> None:
    line: Line = request.getfixturevalue(transport)
    knows(line, TRUTH)
    line.stand.ends("*", "held")
    application = line.bureau.start()
    line.round()
    line.later(26 * 60)
    line.bureau.tell_silent()
    assert (line.bureau.verdict(application), line.allowed("silent")) == (NONE, False)
    line.later(22 * 60)
    line.stand.release()
    line.settle()
    assert (line.bureau.verdict(application), line.allowed("at last")) == (Verdict.CONFIRMED, True)
    assert [line.sent_by(service) for service in BOTH] == [1, 1]

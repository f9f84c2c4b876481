"""Letters on the wire and in a folder, read back by the standard library."""

import email
import mailbox
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from portal.connectors.mail.folder import FolderMail
from portal.connectors.mail.smtp import SmtpMail
from portal.connectors.mail.writer import LOCALES, TEMPLATES, TemplateWriter
from portal.domain.errors import OutsideUnavailable
from portal.domain.letters import Audience, LetterKind
from portal.domain.outcomes import WaitingFor
from portal.ports.letters import Letter, LetterFacts, LetterLine
from tests.support.clock import NOON, FrozenClock

SENDER = "keys@example.org"
LETTER = Letter("17", "ivanov@example.org", "Скоро истекают\nсертификаты", "Здравствуйте!\n\n.\nКонец\n")


class Talk(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs; an address says how it is answered."""

    def handle(self) -> None:
        self._say("220 test")
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "DATA":
                self._say("354 go on")
                self._take()
            elif verb == "RCPT" and "nobody" in line:
                self._say("550 no such user")
            elif verb == "RCPT" and "later" in line:
                self._say("451 greylisted")
            elif verb == "MAIL" and "stranger" in line:
                self._say("550 log in first")
            else:
                self._say("221 bye" if verb == "QUIT" else "250 ok")
            if verb == "QUIT":
                return

    def _take(self) -> None:
        lines = iter(self.rfile.readline, b".\r\n")
        body = b"".join(line[1:] if line.startswith(b"..") else line for line in lines)
        self.server.taken.append(email.message_from_bytes(body, policy=default))  # type: ignore[attr-defined]
        self._say("250 taken")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def server() -> Iterator[tuple[str, list[EmailMessage]]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as made:
        made.daemon_threads = True
        made.taken = []  # type: ignore[attr-defined]
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"smtp://127.0.0.1:{made.server_address[1]}", made.taken  # type: ignore[attr-defined]
        made.shutdown()


def test_a_letter_arrives(clock: FrozenClock) -> None:
    with server() as (url, taken):
        SmtpMail(url, SENDER, clock).send(LETTER)
    (message,) = taken
    assert message["To"] == LETTER.address
    assert message["Subject"] == "Скоро истекают сертификаты"
    assert message["Message-ID"] == "<letter-17@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(message["Date"]) == NOON.replace(microsecond=0)
    assert message.get_content().replace("\r\n", "\n") == LETTER.body


@pytest.mark.parametrize(
    ("address", "permanent"),
    [("nobody@example.org", True), ("later@example.org", False), ("two@at@signs", True), ("a\nb@example.org", True)],
)
def test_a_refusal_is_for_good_or_for_now(clock: FrozenClock, address: str, permanent: bool) -> None:
    with server() as (url, taken), pytest.raises(OutsideUnavailable) as refused:
        SmtpMail(url, SENDER, clock).send(Letter("1", address, "s", "b"))
    assert refused.value.permanent is permanent
    assert taken == []


def test_a_server_that_refuses_the_portal_is_no_fault_of_a_letter(clock: FrozenClock) -> None:
    with server() as (url, _taken), pytest.raises(OutsideUnavailable) as refused:
        SmtpMail(url, "stranger@example.org", clock).send(LETTER)
    assert (refused.value.permanent, refused.value.data["why"]) == (False, "550 log in first")


def test_an_address_the_server_cannot_even_read_is_refused_for_good(clock: FrozenClock) -> None:
    with server() as (url, _taken), pytest.raises(OutsideUnavailable) as refused:
        SmtpMail(url, SENDER, clock).send(Letter("1", "иван@example.org", "s", "b"))
    assert refused.value.permanent


def test_a_server_that_is_away_is_told(clock: FrozenClock) -> None:
    with pytest.raises(OutsideUnavailable) as refused:
        SmtpMail("smtp://127.0.0.1:1", SENDER, clock).send(LETTER)
    assert not refused.value.permanent


def test_a_folder_keeps_letters(clock: FrozenClock, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    FolderMail(folder, SENDER, clock).send(LETTER)
    (message,) = mailbox.Maildir(str(folder))
    assert message["Message-ID"] == "<letter-17@example.org>"
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(OutsideUnavailable):
        FolderMail(blocked, SENDER, clock).send(LETTER)
    with pytest.raises(OutsideUnavailable) as refused:
        FolderMail(folder, SENDER, clock).send(Letter("1", "two@at@signs", "s", "b"))
    assert refused.value.permanent


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("audience", Audience)
def test_every_letter_can_be_written_in_every_language(kind: LetterKind, audience: Audience) -> None:
    name = "due" if kind is LetterKind.DIGEST else "<Подпись>"
    facts = LetterFacts(kind, audience, "Анна", "Анна", (LetterLine("0001", name, NOON, 3),), "https://keys/")
    written = {locale: TemplateWriter().write(facts, locale) for locale in LOCALES}
    for subject, body in written.values():
        assert subject
        assert "{" not in subject + body
        assert "\n\n\n" not in body
        assert "https://keys/" in body
    assert written["ru"] != written["en"]
    assert TemplateWriter().write(facts, "fr") == written["ru"]


@pytest.mark.parametrize(
    ("locale", "number", "said"),
    [
        ("ru", 1, "1  устройство требует обновления"),
        ("ru", 23, "23  устройства требуют обновления"),
        ("ru", 11, "11  устройств требуют обновления"),
        ("ru", 41, "41  устройство требует обновления"),
        ("en", 1, "1  device needs an update"),
        ("en", 0, "0  devices need an update"),
    ],
)
def test_words_of_the_digest_go_with_their_numbers(locale: str, number: int, said: str) -> None:
    facts = LetterFacts(LetterKind.DIGEST, Audience.ADMINISTRATORS, lines=(LetterLine(name="due", number=number),))
    assert said in TemplateWriter().write(facts, locale)[1]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("whom", WaitingFor)
def test_whom_a_run_waits_for_is_said_in_words(locale: str, whom: WaitingFor) -> None:
    line = LetterLine("0001", whom.value)
    facts = LetterFacts(LetterKind.UPDATE_WAITING, Audience.HOLDER, lines=(line,))
    body = TemplateWriter().write(facts, locale)[1]
    assert " 0001: " in body
    assert f" 0001: {whom}\n" not in body


@pytest.mark.parametrize(("locale", "day"), [("ru", "5 декабря 2026"), ("en", "5 December 2026")])
def test_dates_are_written_as_the_pages_write_them(locale: str, day: str) -> None:
    line = LetterLine("0001", "Wi-Fi", datetime(2026, 12, 5, 12, tzinfo=UTC))
    facts = LetterFacts(LetterKind.CONTENT_EXPIRED, Audience.HOLDER, lines=(line,))
    assert day in TemplateWriter().write(facts, locale)[1]


def test_no_template_is_left_over() -> None:
    names = {f"{kind}.txt" for kind in LetterKind}
    assert {locale: {path.name for path in (TEMPLATES / locale).iterdir()} for locale in LOCALES} == dict.fromkeys(
        LOCALES, names
    )

"""Letters over SMTP (RFC 5321): plain, with STARTTLS (RFC 3207) or in TLS from the start."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

from portal.connectors.mail.message import message_of
from portal.domain.errors import OutsideUnavailable
from portal.ports.clock import Clock
from portal.ports.letters import Letter

PATIENCE: Final = 15.0
_PERMANENT: Final = 500


@dataclass(frozen=True, slots=True)
class SmtpMail:
    """Implements portal.ports.letters.Notifier.

    ``url`` is ``smtp://``, ``smtp+starttls://`` or ``smtps://`` [login[:password]@]host[:port]; ``password`` from a
    file wins over the one in the address.
    """

    url: str
    sender: str
    clock: Clock
    password: str = ""

    def send(self, letter: Letter) -> None:
        """Send it; raises OutsideUnavailable, permanent when the server refuses this letter for good."""
        message = message_of(letter, self.sender, self.clock.now())
        try:
            with self._connected() as server:
                _hand_over(server, message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPAuthenticationError as error:
            raise OutsideUnavailable("mail_unavailable", why="login refused") from error
        except smtplib.SMTPSenderRefused as error:
            # whom it refuses is the portal: no fault of this letter, and every other would fare the same
            raise OutsideUnavailable("mail_unavailable", why=_said(error.smtp_code, error.smtp_error)) from error
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise OutsideUnavailable("mail_unavailable", why=str(error)[:200]) from error

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        trust = ssl.create_default_context()
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=PATIENCE, context=trust)
        else:
            server = smtplib.SMTP(host, parts.port or (587 if "starttls" in parts.scheme else 25), timeout=PATIENCE)
        with server:
            if parts.scheme == "smtp+starttls":
                server.starttls(context=trust)
            if parts.username:
                server.login(unquote(parts.username), self.password or unquote(parts.password or ""))
            yield server


def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        server.send_message(message)
    except smtplib.SMTPNotSupportedError as error:  # an address in another script, and a server without SMTPUTF8
        raise OutsideUnavailable("letter_refused", permanent=True, why=str(error)[:200]) from error


def _refusal(code: int, said: bytes | str) -> OutsideUnavailable:
    permanent = code >= _PERMANENT
    return OutsideUnavailable(
        "letter_refused" if permanent else "mail_unavailable", permanent=permanent, why=_said(code, said)
    )


def _said(code: int, said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{code} {text}"[:200]

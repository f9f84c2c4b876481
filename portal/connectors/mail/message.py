"""A letter as a mail message (RFC 5322) that no mail robot answers."""

from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from portal.domain.errors import OutsideUnavailable
from portal.ports.letters import Letter


def message_of(letter: Letter, sender: str, now: datetime) -> EmailMessage:
    """The message; its id stays the same however often it is tried (RFC 3834 for the automatic mark).

    Raises OutsideUnavailable, permanent, for an address that is none.
    """
    try:
        return _message(letter, sender, now)
    except (ValueError, MessageError) as error:
        raise OutsideUnavailable("letter_refused", permanent=True, why=str(error)[:200]) from error


def _message(letter: Letter, sender: str, now: datetime) -> EmailMessage:
    message = EmailMessage()
    message["From"] = Address(display_name="Ключник", addr_spec=sender)
    message["To"] = Address(addr_spec=letter.address)
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<letter-{letter.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.body)
    return message

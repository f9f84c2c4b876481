"""Letters into a Maildir on this machine: for the demonstration, and where another program sends them on."""

import mailbox
from dataclasses import dataclass
from pathlib import Path

from portal.connectors.mail.message import message_of
from portal.domain.errors import OutsideUnavailable
from portal.ports.clock import Clock
from portal.ports.letters import Letter


@dataclass(frozen=True, slots=True)
class FolderMail:
    """Implements portal.ports.letters.Notifier."""

    folder: Path
    sender: str
    clock: Clock

    def send(self, letter: Letter) -> None:
        """Put it into the folder; raises OutsideUnavailable."""
        message = message_of(letter, self.sender, self.clock.now())
        try:
            mailbox.Maildir(str(self.folder)).add(message)
        except OSError as error:
            raise OutsideUnavailable("mail_unavailable", why=str(error)[:200]) from error

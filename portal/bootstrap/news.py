"""What goes out of the house to people: letters."""

from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from portal.bootstrap.ground import Ground
from portal.ports.letters import LetterWriter, Notifier
from portal.services.letter_collecting import LetterCollector
from portal.services.letters import Letters


class News(Ground):
    """Letters and who writes and carries them."""

    @cached_property
    def letter_writer(self) -> LetterWriter:
        """Turns facts into words."""
        from portal.connectors.mail.writer import TemplateWriter  # noqa: PLC0415  few processes write letters

        return TemplateWriter()

    @cached_property
    def notifier(self) -> Notifier | None:
        """The mail system, if one is named."""
        settings = self.settings
        if not settings.mail_url:
            return None
        parts = urlsplit(settings.mail_url)
        if parts.scheme == "maildir":
            from portal.connectors.mail.folder import FolderMail  # noqa: PLC0415

            return FolderMail(Path(parts.path), settings.mail_from, self.clock)
        from portal.connectors.mail.smtp import SmtpMail  # noqa: PLC0415

        return SmtpMail(settings.mail_url, settings.mail_from, self.clock, settings.mail_password())

    @cached_property
    def letters(self) -> Letters:
        """The outbox."""
        return Letters(self.database, self.clock, self.letter_writer, self.notifier)

    @cached_property
    def letter_collector(self) -> LetterCollector:
        """Finds what is worth a letter."""
        settings = self.settings
        return LetterCollector(self.database, self.clock, self.letters, settings.base_url, settings.default_locale)

"""Who is there: people, accounts, sessions and what they did."""

import socket
from functools import cached_property

from portal.bootstrap.ground import Ground
from portal.connectors.syslog import Syslog
from portal.services.accounts import Accounts
from portal.services.audit import AuditLog
from portal.services.audit_reading import AuditReading
from portal.services.people import People
from portal.services.sessions import Sessions


class Care(Ground):
    """Services about people and accounts."""

    @cached_property
    def people(self) -> People:
        """Questions about people."""
        return People(self.database)

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return Sessions(self.database, self.clock, idle=self.settings.session_idle, life=self.settings.session_life)

    @cached_property
    def accounts(self) -> Accounts:
        """Who may sign in."""
        return Accounts(self.database, self.clock, self.sessions)

    @cached_property
    def audit(self) -> AuditLog:
        """The log of everything."""
        return AuditLog(self.database, self.clock)

    @cached_property
    def audit_reading(self) -> AuditReading:
        """Makes the log findable, and tells it outside."""
        url = self.settings.syslog_url
        return AuditReading(self.database, self.clock, Syslog.at(url, socket.gethostname()) if url else None)

"""Who is there: people, accounts, sessions and what they did."""

import socket
from functools import cached_property

from portal.bootstrap.ground import Ground
from portal.connectors.syslog import Syslog
from portal.services.account_care import AccountCare
from portal.services.audit import AuditLog
from portal.services.audit_reading import AuditReading
from portal.services.directory import Directory
from portal.services.groups import Groups
from portal.services.own_account import OwnAccount
from portal.services.people import People
from portal.services.people_import import PeopleImports
from portal.services.people_import_work import PeopleImportWork
from portal.services.roles import Roles
from portal.services.sessions import Sessions
from portal.services.units import Units


class Care(Ground):
    """Services about people and accounts."""

    @cached_property
    def people(self) -> People:
        """Questions about people."""
        return People(self.database)

    @cached_property
    def directory(self) -> Directory:
        """Changes of people."""
        return Directory(self.database, self.clock)

    @cached_property
    def people_imports(self) -> PeopleImports:
        """Files of people."""
        return PeopleImports(self.database, self.clock, self.vault, self.queue, self.import_feed)

    @cached_property
    def people_import_work(self) -> PeopleImportWork:
        """What workers do with files of people."""
        return PeopleImportWork(self.database, self.clock, self.vault, self.import_feed)

    @cached_property
    def units(self) -> Units:
        """Changes of the tree."""
        return Units(self.database, self.clock)

    @cached_property
    def groups(self) -> Groups:
        """Changes of groups."""
        return Groups(self.database, self.clock)

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return Sessions(self.database, self.clock, idle=self.settings.session_idle, life=self.settings.session_life)

    @cached_property
    def account_care(self) -> AccountCare:
        """The care of other people's accounts."""
        return AccountCare(self.database, self.clock, self.sessions)

    @cached_property
    def own_account(self) -> OwnAccount:
        """The care of one's own account."""
        return OwnAccount(self.database, self.clock, self.sessions)

    @cached_property
    def roles(self) -> Roles:
        """Roles made here."""
        return Roles(self.database, self.clock)

    @cached_property
    def audit(self) -> AuditLog:
        """The log of everything."""
        return AuditLog(self.database, self.clock)

    @cached_property
    def audit_reading(self) -> AuditReading:
        """Makes the log findable, and tells it outside."""
        url = self.settings.syslog_url
        return AuditReading(self.database, self.clock, Syslog.at(url, socket.gethostname()) if url else None)

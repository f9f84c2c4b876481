"""Directories outside: synchronized by workers, and asked about passwords."""

from functools import cached_property

from portal.bootstrap.care import Care
from portal.bootstrap.updating import Updating
from portal.connectors.opening import open_directory, open_provider
from portal.services.accounts import Accounts
from portal.services.certificate_sign_in import CertificateSignIn
from portal.services.directory_leaving import DirectoryLeavers
from portal.services.directory_sign_in import DirectorySignIn
from portal.services.directory_sync import DirectorySyncs
from portal.services.directory_sync_work import DirectorySyncWork
from portal.services.provider_sign_in import ProviderSignIn


class Directories(Updating, Care):
    """Services about directories outside."""

    @cached_property
    def directory_syncs(self) -> DirectorySyncs:
        """What people do about synchronizations."""
        return DirectorySyncs(self.database, self.clock, self.queue)

    @cached_property
    def accounts(self) -> Accounts:
        """Who may sign in, with a password that is kept here or judged by a directory."""
        parts = (self.connectors, self.connector_watch, open_directory)
        elsewhere = DirectorySignIn(self.database, self.clock, *parts)
        return Accounts(self.database, self.clock, self.sessions, elsewhere)

    @cached_property
    def provider_sign_in(self) -> ProviderSignIn:
        """Who comes through an OpenID provider."""
        clock, parts = self.clock, (self.connectors, self.connector_watch)
        return ProviderSignIn(self.database, clock, self.sessions, *parts, lambda one: open_provider(one, clock))

    @cached_property
    def certificate_sign_in(self) -> CertificateSignIn:
        """Who comes with the certificate on a token."""
        return CertificateSignIn(self.database, self.clock, self.sessions, self.reader, self.authorities)

    @cached_property
    def directory_leavers(self) -> DirectoryLeavers:
        """What is done with devices of people who left."""
        return DirectoryLeavers(self.database, self.device_life)

    @cached_property
    def directory_sync_work(self) -> DirectorySyncWork:
        """What workers do with synchronizations."""
        parts = (self.connectors, self.connector_watch, self.directory_leavers, self.sync_feed, open_directory)
        return DirectorySyncWork(self.database, self.clock, *parts)

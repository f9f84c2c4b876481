"""Directories outside: synchronized by workers, and asked about passwords."""

from functools import cached_property

from portal.bootstrap.care import Care
from portal.bootstrap.updating import Updating
from portal.connectors.opening import open_directory
from portal.services.accounts import Accounts
from portal.services.directory_leaving import DirectoryLeavers
from portal.services.directory_sign_in import DirectorySignIn
from portal.services.directory_sync import DirectorySyncs
from portal.services.directory_sync_work import DirectorySyncWork


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
    def directory_leavers(self) -> DirectoryLeavers:
        """What is done with devices of people who left."""
        return DirectoryLeavers(self.database, self.device_life)

    @cached_property
    def directory_sync_work(self) -> DirectorySyncWork:
        """What workers do with synchronizations."""
        return DirectorySyncWork(
            self.database, self.clock, self.connectors, self.connector_watch, self.directory_leavers, open_directory
        )

"""Which accounts can put everything right: asked inside the transaction that may take the last one away."""

from sqlalchemy import Connection, select

from portal.db.models import Account, CustomRole
from portal.domain.accounts import KEYS_OF_THE_HOUSE, holds_the_keys
from portal.domain.ids import AccountId
from portal.domain.permissions import ROLE_PERMISSIONS
from portal.services.sessions import permissions_of


def keyholders(connection: Connection) -> frozenset[AccountId]:
    """Active accounts that manage accounts and roles and see everything.

    Ask after the line of the audit log is written: whoever writes one waits for the other, so two administrators
    cannot take each other's right at the same moment.
    """
    built_in = [role.value for role, permissions in ROLE_PERMISSIONS.items() if permissions >= KEYS_OF_THE_HOUSE]
    query = (
        select(Account.id, Account.role, Account.active, Account.scoped, CustomRole.permissions)
        .outerjoin(CustomRole, CustomRole.key == Account.role)
        .where(Account.active.is_(True), Account.scoped.is_(False))
        .where(Account.role.in_(built_in) | CustomRole.key.is_not(None))
    )
    return frozenset(
        AccountId(row.id)
        for row in connection.execute(query)
        if holds_the_keys(permissions_of(row.role, row.permissions), active=row.active, scoped=row.scoped)
    )


def holds_keys(connection: Connection, account: AccountId) -> bool:
    """Whether this account is one of them."""
    return account in keyholders(connection)

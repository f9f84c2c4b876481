"""Accounts and roles as they are given: by whom, to whom, and what nobody may give or take."""

from dataclasses import dataclass, field

from portal.domain.errors import Conflict, Forbidden
from portal.domain.ids import AccountId, PersonId
from portal.domain.permissions import Permission
from portal.domain.reach import Reach

#: Who holds both, and sees everything, can put right whatever another did.
KEYS_OF_THE_HOUSE = frozenset({Permission.ACCOUNTS_MANAGE, Permission.ROLES_MANAGE})


@dataclass(frozen=True, slots=True)
class Scope:
    """What an account is limited to; ``limited`` with nothing named is nothing at all."""

    limited: bool = False
    units: frozenset[int] = field(default=frozenset())
    policies: frozenset[int] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """An account as a person fills it in; ``role`` is the key of a role."""

    name: str
    role: str
    scope: Scope = field(default=Scope())
    person: PersonId | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class RoleDraft:
    """A role as a person fills it in."""

    name: str
    description: str
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class Grantor:
    """Who gives rights away: he gives none he does not have, and no wider sight than his own."""

    account: AccountId
    login: str
    permissions: frozenset[Permission]
    reach: Reach

    def demand(self, permissions: frozenset[Permission], scope: Reach) -> None:
        """Raise Forbidden unless all of it is his to give or to take."""
        missing = sorted(one.value for one in permissions - self.permissions if one.side != "self")
        if missing:
            raise Forbidden("not_yours_to_give", permission=missing[0])
        if not self.reach.covers(scope):
            raise Forbidden("wider_than_yours")


def holds_the_keys(permissions: frozenset[Permission], *, active: bool, scoped: bool) -> bool:
    """Whether an account with these permissions is one of those that can put everything right."""
    return active and not scoped and permissions >= KEYS_OF_THE_HOUSE


def refuse_to_lock_out(*, left: int, own_before: bool, own_after: bool) -> None:
    """Raise Conflict when nobody would be left to manage accounts, or somebody takes that right from himself."""
    if left == 0:
        raise Conflict("last_administrator")
    if own_before and not own_after:
        raise Conflict("own_rights")

"""Roles made here: sets of permissions under a name. Those of the product cannot be changed."""

import secrets

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.db.models import Account, CustomRole
from portal.db.queries.accounts import RoleRow, holders_of, role_row
from portal.db.transaction import Database
from portal.domain.accounts import Grantor, RoleDraft, refuse_to_lock_out
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, Forbidden, InvalidInput
from portal.domain.permissions import Permission, effective
from portal.ports.clock import Clock
from portal.services.audit import record
from portal.services.keyholders import holds_keys, keyholders


class Roles:
    """Makes, changes and deletes roles."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, draft: RoleDraft, *, by: Grantor) -> str:
        """Make a role and answer its key; raises Conflict when the name is taken, Forbidden for what is not his."""
        _check(draft)
        by.demand(_worth(draft.permissions), by.reach)
        key, now = f"own-{secrets.token_hex(6)}", self._clock.now()
        values = {"key": key, "version": 1, "created_at": now, **_columns(draft)}
        try:
            with self._database.begin() as connection:
                connection.execute(insert(CustomRole).values(values))
                what = _difference(draft.permissions)
                self._note(connection, AuditTag.ROLE_CREATED, name=draft.name, by=by, **what)
        except IntegrityError as error:
            raise Conflict("role_name_taken", name=draft.name) from error
        return key

    def change(self, key: str, draft: RoleDraft, *, version: int, by: Grantor) -> None:
        """Change a role for everybody who holds it; raises Conflict when somebody else was first."""
        _check(draft)
        try:
            with self._database.begin() as connection:
                before = _changeable(connection, key)
                by.demand(_worth(draft.permissions | before.permissions), by.reach)
                had = holds_keys(connection, by.account)
                own = (CustomRole.key == key) & (CustomRole.version == version)
                values = {**_columns(draft), "version": CustomRole.version + 1}
                if connection.execute(update(CustomRole).where(own).values(values)).rowcount != 1:
                    raise Conflict("role_changed", name=before.name)
                what = _difference(draft.permissions, before.permissions)
                self._note(connection, AuditTag.ROLE_CHANGED, name=draft.name, by=by, **what)
                _keep_the_keys(connection, by, had=had)
        except IntegrityError as error:
            raise Conflict("role_name_taken", name=draft.name) from error

    def delete(self, key: str, *, by: Grantor) -> None:
        """Delete a role nobody holds; raises Conflict that says who does."""
        with self._database.begin() as connection:
            role = _changeable(connection, key)
            by.demand(_worth(role.permissions), by.reach)
            # taken first: who gives the role meanwhile waits here, or is seen below
            self._note(connection, AuditTag.ROLE_DELETED, name=role.name, by=by)
            if connection.execute(select(Account.id).where(Account.role == key).limit(1)).first() is not None:
                holders = ", ".join(row.login for row in holders_of(connection, key, some=5))
                raise Conflict("role_in_use", name=role.name, holders=holders)
            connection.execute(delete(CustomRole).where(CustomRole.key == key))

    def _note(self, connection: Connection, tag: AuditTag, *, name: str, by: Grantor, **what: str) -> None:
        subject = f"role:{name}"[:120]
        record(connection, tag, actor=by.login, subject=subject, now=self._clock.now(), **what)


def _check(draft: RoleDraft) -> None:
    if not draft.name.strip():
        raise InvalidInput({"name": "required"})


def _changeable(connection: Connection, key: str) -> RoleRow:
    role = role_row(connection, key)
    if role.built_in:
        raise Forbidden("role_built_in")
    return role


def _columns(draft: RoleDraft) -> dict[str, object]:
    permissions = sorted(one.value for one in draft.permissions if one.side != "self")
    return {"name": draft.name.strip(), "description": draft.description.strip(), "permissions": permissions}


def _worth(permissions: frozenset[Permission]) -> frozenset[Permission]:
    return effective(permissions, scoped=False, person=False)


def _difference(now: frozenset[Permission], before: frozenset[Permission] = frozenset()) -> dict[str, str]:
    """Which permissions came and which went, as the log keeps it."""
    came, went = sorted(now - before), sorted(before - now)
    told = {"granted": ", ".join(came), "taken": ", ".join(went)}
    return {name: names[:400] for name, names in told.items() if names}


def _keep_the_keys(connection: Connection, by: Grantor, *, had: bool) -> None:
    left = keyholders(connection)
    refuse_to_lock_out(left=len(left), own_before=had, own_after=by.account in left)

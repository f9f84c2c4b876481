"""Permissions ``scope:resource:action`` and the roles made of them."""

from enum import StrEnum, unique
from functools import cache
from typing import Final


@unique
class Permission(StrEnum):
    """What an account may do; every route names one."""

    ACCOUNTS_MANAGE = "admin:accounts:manage"
    ACCOUNTS_READ = "admin:accounts:read"
    AGENTS_ADMIT = "admin:agents:admit"
    AGENTS_READ = "admin:agents:read"
    AGENTS_REVOKE = "admin:agents:revoke"
    APPROVALS_DECIDE = "admin:approvals:decide"
    AUDIT_EXPORT = "admin:audit:export"
    ASSIGNMENTS_MANAGE = "admin:assignments:manage"
    AUDIT_READ = "admin:audit:read"
    AUTHORITY_MANAGE = "admin:authority:manage"
    CERTIFICATES_FORGET_KEY = "admin:certificates:forget_key"
    COMMONS_MANAGE = "admin:commons:manage"
    CONNECTORS_MANAGE = "admin:connectors:manage"
    CONNECTORS_READ = "admin:connectors:read"
    DASHBOARD_READ = "admin:dashboard:read"
    DEVICES_ADD = "admin:devices:add"
    DEVICES_ASSIGN = "admin:devices:assign"
    DEVICES_CHANGE_PIN = "admin:devices:change_pin"
    DEVICES_CLEAN = "admin:devices:clean"
    DEVICES_EDIT = "admin:devices:edit"
    DEVICES_READ = "admin:devices:read"
    DEVICES_REPLACE = "admin:devices:replace"
    DEVICES_RESET_PIN = "admin:devices:reset_pin"
    DEVICES_REVOKE = "admin:devices:revoke"
    DEVICES_SUSPEND = "admin:devices:suspend"
    DEVICES_WITHDRAW = "admin:devices:withdraw"
    IDENTITY_ASK = "admin:identity:ask"
    IDENTITY_CONNECT = "admin:identity:connect"
    IDENTITY_DATA = "admin:identity:data"
    IDENTITY_READ = "admin:identity:read"
    LETTERS_MANAGE = "admin:letters:manage"
    LETTERS_READ = "admin:letters:read"
    PEOPLE_EDIT = "admin:people:edit"
    PEOPLE_EXPORT = "admin:people:export"
    PEOPLE_IMPORT = "admin:people:import"
    PEOPLE_READ = "admin:people:read"
    POLICIES_EDIT = "admin:policies:edit"
    POLICIES_PUBLISH = "admin:policies:publish"
    POLICIES_READ = "admin:policies:read"
    RECONCILIATION_MEND = "admin:reconciliation:mend"
    RECONCILIATION_READ = "admin:reconciliation:read"
    ROLES_MANAGE = "admin:roles:manage"
    UPDATES_CANCEL = "admin:updates:cancel"
    UPDATES_ORDER = "admin:updates:order"
    UPDATES_READ = "admin:updates:read"
    UPDATES_SETTLE = "admin:updates:settle"
    TRACKING_CHOOSE = "admin:tracking:choose"
    SELF_DEVICES_READ = "self:devices:read"
    SELF_DEVICES_REVOKE = "self:devices:revoke"
    SELF_DEVICES_SUSPEND = "self:devices:suspend"
    SELF_IDENTITY_ASK = "self:identity:ask"
    SELF_PIN_CHANGE = "self:pin:change"
    SELF_TRACKING_CHOOSE = "self:tracking:choose"
    SELF_UPDATES_CANCEL = "self:updates:cancel"
    SELF_UPDATES_ORDER = "self:updates:order"

    @property
    def side(self) -> str:
        """Which face of the portal it opens a door of: admin or self."""
        return self.value.split(":")[0]

    @property
    def resource(self) -> str:
        """What it is about."""
        return self.value.split(":")[1]

    @property
    def action(self) -> str:
        """What it lets do."""
        return self.value.split(":")[2]


@unique
class Role(StrEnum):
    """Roles that come with the product."""

    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    EMPLOYEE = "employee"


_READ: Final = frozenset(
    {
        Permission.AGENTS_READ,
        Permission.DASHBOARD_READ,
        Permission.DEVICES_READ,
        Permission.IDENTITY_READ,
        Permission.PEOPLE_READ,
        Permission.POLICIES_READ,
        Permission.UPDATES_READ,
    }
)
_OPERATE: Final = _READ | {
    Permission.AGENTS_ADMIT,
    Permission.APPROVALS_DECIDE,
    Permission.DEVICES_ADD,
    Permission.DEVICES_ASSIGN,
    Permission.DEVICES_CHANGE_PIN,
    Permission.DEVICES_CLEAN,
    Permission.DEVICES_EDIT,
    Permission.DEVICES_REPLACE,
    Permission.DEVICES_RESET_PIN,
    Permission.DEVICES_REVOKE,
    Permission.DEVICES_SUSPEND,
    Permission.DEVICES_WITHDRAW,
    Permission.IDENTITY_ASK,
    Permission.PEOPLE_EDIT,
    Permission.RECONCILIATION_READ,
    Permission.UPDATES_CANCEL,
    Permission.UPDATES_ORDER,
    Permission.TRACKING_CHOOSE,
}

#: What everybody may do with his own devices; the device usage policy says how much of it.
SELF_SERVICE: Final = frozenset(permission for permission in Permission if permission.side == "self")

ROLE_PERMISSIONS: Final = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.OPERATOR: _OPERATE,
    Role.AUDITOR: _READ
    | {Permission.ACCOUNTS_READ, Permission.AUDIT_READ, Permission.AUDIT_EXPORT}
    | {Permission.CONNECTORS_READ, Permission.LETTERS_READ, Permission.RECONCILIATION_READ},
    Role.EMPLOYEE: SELF_SERVICE,
}

#: What is set up for everybody at once, and so is no matter for somebody who sees only a part.
_COMMON_RESOURCES: Final = frozenset(
    {"accounts", "agents", "assignments", "authority", "commons", "connectors", "letters", "reconciliation", "roles"}
)
_COMMON: Final = frozenset(
    {"admin:identity:connect", "admin:people:import", "admin:policies:edit", "admin:policies:publish"}
)


def touches_everybody(permission: Permission) -> bool:
    """Whether the permission is worth something only to an account that reaches everything."""
    return permission.resource in _COMMON_RESOURCES or permission.value in _COMMON


@cache
def effective(permissions: frozenset[Permission], *, scoped: bool, person: bool) -> frozenset[Permission]:
    """What an account may do with these permissions of its role.

    Limited to units or policies it changes nothing that touches everybody; with a person of the directory it has
    that person's self-service, without one it has none.
    """
    kept = {one for one in permissions if one.side != "self" and not (scoped and touches_everybody(one))}
    return frozenset(kept | SELF_SERVICE) if person else frozenset(kept)

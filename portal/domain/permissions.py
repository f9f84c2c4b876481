"""Permissions ``scope:resource:action`` and the roles made of them."""

from enum import StrEnum, unique
from typing import Final


@unique
class Permission(StrEnum):
    """What an account may do; every route names one."""

    AUDIT_READ = "admin:audit:read"
    CERTIFICATES_FORGET_KEY = "admin:certificates:forget_key"
    DASHBOARD_READ = "admin:dashboard:read"
    DEVICES_READ = "admin:devices:read"
    PEOPLE_READ = "admin:people:read"
    POLICIES_READ = "admin:policies:read"
    UPDATES_CANCEL = "admin:updates:cancel"
    UPDATES_ORDER = "admin:updates:order"
    UPDATES_READ = "admin:updates:read"
    UPDATES_SETTLE = "admin:updates:settle"
    TRACKING_CHOOSE = "admin:tracking:choose"


@unique
class Role(StrEnum):
    """Roles that come with the product."""

    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    AUDITOR = "auditor"


_READ: Final = frozenset(
    {
        Permission.DASHBOARD_READ,
        Permission.DEVICES_READ,
        Permission.PEOPLE_READ,
        Permission.POLICIES_READ,
        Permission.UPDATES_READ,
    }
)
_OPERATE: Final = _READ | {
    Permission.UPDATES_CANCEL,
    Permission.UPDATES_ORDER,
    Permission.TRACKING_CHOOSE,
}

ROLE_PERMISSIONS: Final = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.OPERATOR: _OPERATE,
    Role.AUDITOR: _READ | {Permission.AUDIT_READ},
}

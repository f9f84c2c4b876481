"""Rights in words: what each is about, and how far an account sees."""

from typing import Final

from portal.domain.permissions import Permission
from portal.web.translate import lazy_gettext as _l

#: What permissions are about, in the order a person thinks of them.
RESOURCES: Final = {
    "dashboard": _l("Overview"),
    "people": _l("People and directory"),
    "devices": _l("Devices"),
    "updates": _l("Updates"),
    "agents": _l("Agents"),
    "approvals": _l("Approvals"),
    "certificates": _l("Certificates"),
    "tracking": _l("Tracking"),
    "identity": _l("Identity checks"),
    "policies": _l("Policies"),
    "assignments": _l("Policy assignments"),
    "commons": _l("Common certificates"),
    "authority": _l("Certification authority"),
    "connectors": _l("Connectors"),
    "reconciliation": _l("Reconciliation"),
    "letters": _l("Letters"),
    "audit": _l("Audit log"),
    "accounts": _l("Accounts"),
    "roles": _l("Roles"),
}

SELF_SERVICE: Final = _l("Self-service: one's own devices")

DESCRIPTIONS: Final = {
    "administrator": _l("Everything, settings and accounts included."),
    "operator": _l("People, devices and updates every day; changes no settings."),
    "auditor": _l("Reads everything, the audit log included; changes nothing."),
    "employee": _l("Self-service only: his own devices and his own data."),
}


def resource_name(permission: Permission) -> str:
    """What the permission is about; self-service is one thing."""
    if permission.side == "self":
        return str(SELF_SERVICE)
    return str(RESOURCES.get(permission.resource, permission.resource))


def role_description(role: str, own: str) -> str:
    """What a role is for; a role made here has its own words."""
    return str(DESCRIPTIONS[role]) if role in DESCRIPTIONS else own

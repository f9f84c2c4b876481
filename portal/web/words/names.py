"""Names of things that have no name of their own in the data."""

from typing import Final

from portal.domain.certificate import CertificateKind, Purpose
from portal.domain.permissions import Permission, Role
from portal.domain.policy import Register
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l

REGISTERS: Final = {
    Register.ACCESS_MANAGER: "Indeed Access Manager",
    Register.SECRET_NET: "Secret Net Studio",
    Register.CONTRACT: _l("“External register of devices”"),
}

ATTRIBUTES: Final = {
    "cn": _l("common name"),
    "surname": _l("surname"),
    "given_name": _l("given name"),
    "middle_name": _l("middle name"),
    "login": _l("login"),
    "email": _l("e-mail"),
    "upn": _l("UPN"),
    "phone": _l("phone"),
    "title": _l("job title"),
    "department": _l("department"),
    "organization": _l("organisation"),
    "locality": _l("town"),
    "region": _l("region"),
    "country": _l("country (two letters)"),
    "street": _l("street and house"),
    "employee_number": _l("employee number"),
    "office": _l("office"),
    "snils": _l("SNILS"),
    "inn": _l("INN"),
}

ROLES: Final = {
    Role.ADMINISTRATOR: _l("Administrator"),
    Role.OPERATOR: _l("Operator"),
    Role.AUDITOR: _l("Auditor"),
    Role.EMPLOYEE: _l("Employee"),
}

PURPOSES: Final = {
    Purpose.SIGN: _l("signature"),
    Purpose.AUTHENTICATE: _l("sign-in"),
    Purpose.ENCRYPT: _l("encryption"),
}

KINDS: Final = {
    CertificateKind.MANAGED: _l("managed"),
    CertificateKind.COMMON: _l("common"),
    CertificateKind.TRACKED: _l("tracked"),
    CertificateKind.FOREIGN: _l("foreign"),
}

PERMISSIONS: Final = {
    Permission.APPROVALS_DECIDE: _l("approve certificates that wait for it"),
    Permission.AUTHORITY_MANAGE: _l("set up the certification authority of the portal"),
    Permission.ACCOUNTS_MANAGE: _l("manage accounts"),
    Permission.ACCOUNTS_READ: _l("see accounts and roles"),
    Permission.AGENTS_ADMIT: _l("let agents in, make one-time codes, bind agents to people"),
    Permission.AGENTS_READ: _l("see agents"),
    Permission.AGENTS_REVOKE: _l("revoke agents"),
    Permission.ASSIGNMENTS_MANAGE: _l("assign policies to units and groups"),
    Permission.AUDIT_EXPORT: _l("take the audit log away as a file"),
    Permission.AUDIT_READ: _l("read the audit log"),
    Permission.CERTIFICATES_FORGET_KEY: _l("give up old decryption keys"),
    Permission.COMMONS_MANAGE: _l("manage common certificates"),
    Permission.CONNECTORS_MANAGE: _l("set up, check, pause and remove connectors"),
    Permission.CONNECTORS_READ: _l("see connectors"),
    Permission.RECONCILIATION_MEND: _l("begin a reconciliation and decide about its findings"),
    Permission.RECONCILIATION_READ: _l("see what the reconciliation found"),
    Permission.DASHBOARD_READ: _l("see the overview"),
    Permission.DEVICES_ADD: _l("add devices"),
    Permission.DEVICES_ASSIGN: _l("assign devices to people"),
    Permission.DEVICES_CHANGE_PIN: _l("change the PIN of devices"),
    Permission.DEVICES_CLEAN: _l("clean devices"),
    Permission.DEVICES_EDIT: _l("edit labels, comments and tags of devices"),
    Permission.DEVICES_READ: _l("see devices"),
    Permission.DEVICES_REPLACE: _l("replace devices"),
    Permission.DEVICES_RESET_PIN: _l("reset the PIN of devices"),
    Permission.DEVICES_REVOKE: _l("revoke devices"),
    Permission.DEVICES_SUSPEND: _l("disable and enable devices"),
    Permission.DEVICES_WITHDRAW: _l("withdraw devices"),
    Permission.IDENTITY_ASK: _l("ask the registers of the state about people"),
    Permission.IDENTITY_CONNECT: _l("set up the connection to СМЭВ"),
    Permission.IDENTITY_DATA: _l("see the data of identity checks unmasked and take their messages away"),
    Permission.IDENTITY_READ: _l("see identity checks, their data masked"),
    Permission.LETTERS_MANAGE: _l("set up letters and send them again"),
    Permission.LETTERS_READ: _l("see letters"),
    Permission.PEOPLE_EDIT: _l("add and change people, units and groups"),
    Permission.PEOPLE_EXPORT: _l("export people"),
    Permission.PEOPLE_IMPORT: _l("import people"),
    Permission.PEOPLE_READ: _l("see people"),
    Permission.POLICIES_EDIT: _l("edit drafts of policies"),
    Permission.POLICIES_PUBLISH: _l("publish, withdraw and delete policies"),
    Permission.POLICIES_READ: _l("see policies"),
    Permission.ROLES_MANAGE: _l("manage roles"),
    Permission.UPDATES_CANCEL: _l("cancel updates"),
    Permission.UPDATES_ORDER: _l("update devices"),
    Permission.UPDATES_READ: _l("see updates"),
    Permission.UPDATES_SETTLE: _l("settle updates that need attention"),
    Permission.TRACKING_CHOOSE: _l("choose certificates to track"),
    Permission.SELF_DEVICES_READ: _l("see one's own devices"),
    Permission.SELF_DEVICES_REVOKE: _l("revoke one's own device"),
    Permission.SELF_DEVICES_SUSPEND: _l("disable one's own device for a time"),
    Permission.SELF_IDENTITY_ASK: _l("have one's own identity checked"),
    Permission.SELF_PIN_CHANGE: _l("change the PIN of one's own device"),
    Permission.SELF_TRACKING_CHOOSE: _l("choose certificates to track on one's own device"),
    Permission.SELF_UPDATES_CANCEL: _l("cancel updates of one's own device"),
    Permission.SELF_UPDATES_ORDER: _l("update one's own device"),
}


def register_name(kind: Register | str) -> str:
    """The product a register belongs to; an unknown one keeps its own name."""
    return str(REGISTERS.get(Register(kind), kind)) if kind in set(Register) else str(kind)


def attribute_name(name: str) -> str:
    """A person's attribute as people call it."""
    return str(ATTRIBUTES.get(name, name))


def attribute_title(name: str) -> str:
    """The same at the beginning of a line."""
    said = attribute_name(name)
    return said[:1].upper() + said[1:]


def role_name(role: str, own: str = "") -> str:
    """The role's name; a role made here has its own."""
    return str(ROLES[Role(role)]) if role in set(Role) else own


def purpose_name(purpose: Purpose | None) -> str:
    """What a key is for."""
    return str(PURPOSES[purpose]) if purpose else ""


def kind_name(kind: CertificateKind) -> str:
    """How a certificate came to be on the device."""
    return str(KINDS[kind])


def permission_name(permission: str) -> str:
    """What the permission allows."""
    return str(PERMISSIONS.get(Permission(permission), permission)) if permission else _("unknown")

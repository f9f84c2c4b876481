"""Tables as typed declarative rows, read and written through Core: ``select(models.Device.serial)``."""

from portal.db.models.accounts import Account, AccountSession, SignInAttempt
from portal.db.models.audit import AuditEntry, AuditHead
from portal.db.models.certificates import Certificate, CertificatePlace
from portal.db.models.devices import (
    IS_DUE,
    IS_TROUBLED,
    Device,
    DeviceFinding,
    KnownForeign,
    LeftoverObject,
    Registration,
)
from portal.db.models.people import Group, Membership, Person, SearchTerm, TermKind, Unit
from portal.db.models.policies import CommonCertificateVersion, Policy, PolicyAssignment, PolicyDraft, PolicyVersion
from portal.db.models.updates import IS_ACTIVE, OutboxJob, Update, UpdateStep

__all__ = [
    "IS_ACTIVE",
    "IS_DUE",
    "IS_TROUBLED",
    "Account",
    "AccountSession",
    "AuditEntry",
    "AuditHead",
    "Certificate",
    "CertificatePlace",
    "CommonCertificateVersion",
    "Device",
    "DeviceFinding",
    "Group",
    "KnownForeign",
    "LeftoverObject",
    "Membership",
    "OutboxJob",
    "Person",
    "Policy",
    "PolicyAssignment",
    "PolicyDraft",
    "PolicyVersion",
    "Registration",
    "SearchTerm",
    "SignInAttempt",
    "TermKind",
    "Unit",
    "Update",
    "UpdateStep",
]

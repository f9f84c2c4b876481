"""Tables as typed declarative rows, read and written through Core: ``select(models.Device.serial)``."""

from portal.db.models.accounts import (
    Account,
    AccountPolicy,
    AccountSession,
    AccountUnit,
    CustomRole,
    SignInAttempt,
)
from portal.db.models.agent_tasks import IS_ACTIVE_TASK, IS_OUTSTANDING, AgentOrder, AgentTask, AgentToken
from portal.db.models.agents import Agent, AgentCode
from portal.db.models.audit import AuditEntry, AuditHead, AuditReader, AuditWord
from portal.db.models.certificates import Certificate, CertificatePlace
from portal.db.models.connectors import Connector, ConnectorSecret
from portal.db.models.devices import (
    IS_DUE,
    IS_TROUBLED,
    Device,
    DeviceFinding,
    FleetReview,
    KnownForeign,
    LeftoverObject,
    Peculiarity,
    Registration,
)
from portal.db.models.directories import DirectoryCursor, DirectoryLink, DirectorySync, DirectorySyncLine
from portal.db.models.identity import (
    IS_UNSETTLED,
    IdentityAnswer,
    IdentityApplication,
    IdentityMessage,
    IdentityQuestion,
    SmevSettings,
    SmevWatch,
)
from portal.db.models.letters import LetterRow, LetterSettings
from portal.db.models.life import (
    DeviceOperation,
    DeviceOrder,
    DeviceReplacement,
    DeviceSecret,
    DeviceTag,
    OperationStatus,
    OrderKind,
    OrderStatus,
)
from portal.db.models.people import Group, Membership, PeopleImport, Person, SearchTerm, TermKind, Unit
from portal.db.models.policies import CommonCertificateVersion, Policy, PolicyAssignment, PolicyDraft, PolicyVersion
from portal.db.models.standings import DeviceStanding, KitRow
from portal.db.models.updates import IS_ACTIVE, OutboxJob, Update, UpdateStep

__all__ = [
    "IS_ACTIVE",
    "IS_ACTIVE_TASK",
    "IS_DUE",
    "IS_OUTSTANDING",
    "IS_TROUBLED",
    "IS_UNSETTLED",
    "Account",
    "AccountPolicy",
    "AccountSession",
    "AccountUnit",
    "Agent",
    "AgentCode",
    "AgentOrder",
    "AgentTask",
    "AgentToken",
    "AuditEntry",
    "AuditHead",
    "AuditReader",
    "AuditWord",
    "Certificate",
    "CertificatePlace",
    "CommonCertificateVersion",
    "Connector",
    "ConnectorSecret",
    "CustomRole",
    "Device",
    "DeviceFinding",
    "DeviceOperation",
    "DeviceOrder",
    "DeviceReplacement",
    "DeviceSecret",
    "DeviceStanding",
    "DeviceTag",
    "DirectoryCursor",
    "DirectoryLink",
    "DirectorySync",
    "DirectorySyncLine",
    "FleetReview",
    "Group",
    "IdentityAnswer",
    "IdentityApplication",
    "IdentityMessage",
    "IdentityQuestion",
    "KitRow",
    "KnownForeign",
    "LeftoverObject",
    "LetterRow",
    "LetterSettings",
    "Membership",
    "OperationStatus",
    "OrderKind",
    "OrderStatus",
    "OutboxJob",
    "Peculiarity",
    "PeopleImport",
    "Person",
    "Policy",
    "PolicyAssignment",
    "PolicyDraft",
    "PolicyVersion",
    "Registration",
    "SearchTerm",
    "SignInAttempt",
    "SmevSettings",
    "SmevWatch",
    "TermKind",
    "Unit",
    "Update",
    "UpdateStep",
]

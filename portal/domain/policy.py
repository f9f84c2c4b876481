"""Device usage policy: what must and may be on a device. A published version never changes."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, unique

from portal.domain.certificate import KeyAlgorithm, TemplateKey
from portal.domain.identity_check import USUAL_CHECKS, IdentityRules, IdentityService
from portal.domain.ids import PolicyId
from portal.domain.letters import USUAL_LETTERS, NotificationRules


@unique
class Register(StrEnum):
    """Products outside that must know of a device; CONTRACT is any that keeps to the open contract."""

    ACCESS_MANAGER = "access_manager"
    SECRET_NET = "secret_net"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class SubjectRecipe:
    """How subject and alternative names are made from a person's attributes.

    Pairs of (field, pattern). Fields are X.500 short names (CN, SN, GN, O, OU, T, C, L, emailAddress, SERIALNUMBER)
    in ``subject``; ``email``, ``upn``, ``dns`` in ``alternative``. A pattern names attributes in braces:
    "{surname} {given_name}". A pair whose pattern comes out empty is left out (see recipe.py).
    """

    subject: tuple[tuple[str, str], ...]
    alternative: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CertificateTemplate:
    """One certificate a device must or may carry. No ``checks`` means those of the policy."""

    key: TemplateKey
    name: str
    algorithm: KeyAlgorithm
    recipe: SubjectRecipe
    renewal_window: timedelta
    optional: bool = False
    qualified: bool = False
    reuse_key: bool = False
    revoke_on_removal: bool = False
    escrow: bool = False
    tracked_attributes: tuple[str, ...] = ()
    checks: frozenset[IdentityService] = frozenset()


@dataclass(frozen=True, slots=True)
class CommonCertificate:
    """A PFX of the policy that goes to every device; ``version`` grows when it is replaced."""

    name: str
    version: int
    fingerprint: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class SelfServiceRules:
    """What a holder may do with his own device, without an administrator."""

    update: bool = True
    choose_optional: bool = False
    choose_tracked: bool = False
    change_pin: bool = True
    suspend: bool = True
    revoke: bool = True


@dataclass(frozen=True, slots=True)
class DeviceRules:
    """Which devices the policy accepts, how they are prepared, and what a user PIN must be like.

    No ``types`` means every type; ``per_person`` 0 means as many as needed.
    """

    types: tuple[str, ...] = ()
    per_person: int = 0
    initialize: bool = False
    pin_min_length: int = 6
    pin_max_length: int = 16


@unique
class OtherPerson(StrEnum):
    """What is done about a device that somebody else than its holder put into his workstation."""

    ALLOW = "allow"
    NOTICE = "notice"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class AgentRules:
    """What agents at workstations may do with devices; ``task_days`` is how long a task waits unless told otherwise."""

    updates: bool = True
    other_person: OtherPerson = OtherPerson.NOTICE
    task_days: int = 7
    report_foreign: bool = True


@dataclass(frozen=True, slots=True)
class DeviceUsagePolicy:
    """A published version of a policy. Sections added later have defaults, so that older versions still read."""

    id: PolicyId
    version: int
    name: str
    templates: tuple[CertificateTemplate, ...]
    commons: tuple[CommonCertificate, ...] = ()
    tracking: bool = False
    registers: frozenset[Register] = frozenset()
    track_automatically: bool = False
    self_service: SelfServiceRules = SelfServiceRules()
    devices: DeviceRules = DeviceRules()
    notifications: NotificationRules = USUAL_LETTERS
    identity: IdentityRules = USUAL_CHECKS
    agents: AgentRules = AgentRules()

    @property
    def asks_about_foreign(self) -> bool:
        """Whether a person chooses which foreign certificates are watched: nobody, when all of them are."""
        return self.tracking and not self.track_automatically

    def checks_for(self, template: CertificateTemplate) -> frozenset[IdentityService]:
        """The registers that must confirm the holder before this certificate is issued."""
        if not (template.qualified and self.identity.ask):
            return frozenset()
        return template.checks or self.identity.checks

    def template(self, key: TemplateKey) -> CertificateTemplate | None:
        """The template with this key, if the policy has one."""
        return next((t for t in self.templates if t.key == key), None)

    def common(self, name: str) -> CommonCertificate | None:
        """The common certificate of this name, if the policy has one."""
        return next((c for c in self.commons if c.name == name), None)

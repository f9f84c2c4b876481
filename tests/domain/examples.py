"""One device, one policy, one person: a test changes only what matters to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from portal.domain.certificate import KeyAlgorithm, ManagedCertificate, Purpose, Revocation, TemplateKey
from portal.domain.contents import TokenCertificate, TokenContents, TokenKey
from portal.domain.device import AppliedPolicy, Device, DeviceState
from portal.domain.ids import DeviceId, PersonId, PolicyId
from portal.domain.people import Person
from portal.domain.plan_items import Choices, PlanItem, UpdatePlan
from portal.domain.policy import CertificateTemplate, CommonCertificate, DeviceUsagePolicy, SubjectRecipe
from portal.domain.update_plan import plan_update

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY: Final = timedelta(days=1)
SIGN: Final = TemplateKey("main", "user", Purpose.SIGN)
MAIL: Final = TemplateKey("main", "mail", Purpose.ENCRYPT)
NOTHING: Final = Choices()

ANNA: Final = Person(
    PersonId(1),
    ("Ключ", "Продажи"),
    frozenset({"vpn"}),
    {"cn": "Анна Ким", "email": "anna@example.org", "title": "Юрист"},
)


def a_template(key: TemplateKey = SIGN, **changes: Any) -> CertificateTemplate:
    template = CertificateTemplate(
        key=key,
        name=f"{key.purpose.value} certificate",
        algorithm=KeyAlgorithm.RSA_2048,
        recipe=SubjectRecipe((("CN", "{cn}"),), (("email", "{email}"),)),
        renewal_window=30 * DAY,
    )
    return replace(template, **changes)


def a_policy(*templates: CertificateTemplate, **changes: Any) -> DeviceUsagePolicy:
    return replace(DeviceUsagePolicy(PolicyId(1), 3, "Office", templates), **changes)


def a_certificate(key: TemplateKey = SIGN, name: str = "old", **changes: Any) -> ManagedCertificate:
    certificate = ManagedCertificate(
        fingerprint=name,
        key_id=f"{name}-key",
        template=key,
        template_name=f"{key.purpose.value} certificate",
        serial=f"{name}-serial",
        not_before=NOW - 100 * DAY,
        not_after=NOW + 265 * DAY,
    )
    return replace(certificate, **changes)


def expiring_in(days: int, key: TemplateKey = SIGN, name: str = "old", **changes: Any) -> ManagedCertificate:
    return a_certificate(key, name, not_after=NOW + days * DAY, **changes)


def revoked(key: TemplateKey = SIGN, name: str = "old", **changes: Any) -> ManagedCertificate:
    return a_certificate(key, name, revocation=Revocation.REVOKED, **changes)


def a_device(*managed: ManagedCertificate, seen: bool = True, **changes: Any) -> Device:
    """A device in the hands of Anna; ``seen`` on its token is exactly what is recorded."""
    device = Device(
        id=DeviceId(7),
        serial="0a1b",
        state=DeviceState.ISSUED,
        holder=ANNA,
        applied=AppliedPolicy(PolicyId(1), 2),
        managed=managed,
    )
    device = replace(device, **changes)
    places = [(c.fingerprint, c.key_id) for c in device.managed] + [(c.fingerprint, c.key_id) for c in device.commons]
    return carrying(device, *(on_token(*place) for place in places)) if seen and not device.contents else device


def on_token(fingerprint: str, key_id: str, **changes: Any) -> TokenCertificate:
    subject = f"CN={fingerprint}"
    return replace(
        TokenCertificate(fingerprint, key_id, "", subject, "CN=CA", "01", NOW - DAY, NOW + DAY, has_key=True), **changes
    )


def carrying(device: Device, *certificates: TokenCertificate, **changes: Any) -> Device:
    """The device with a token, read after sign-in, that carries these certificates with their keys."""
    owned = sorted({c.key_id for c in certificates if c.has_key})
    keys = tuple(TokenKey(key_id, "", "rsa2048", public=True, private=True) for key_id in owned)
    return replace(device, contents=replace(TokenContents(device.serial, certificates, keys, complete=True), **changes))


def a_common(name: str = "root", version: int = 2, **changes: Any) -> CommonCertificate:
    return replace(CommonCertificate(name, version, f"{name}{version}"), **changes)


def plan_of(device: Device, policy: DeviceUsagePolicy, choices: Choices = NOTHING) -> UpdatePlan:
    return plan_update(device, policy, choices, NOW)


def only_line(device: Device, policy: DeviceUsagePolicy, choices: Choices = NOTHING) -> PlanItem:
    (line,) = plan_of(device, policy, choices).items
    return line

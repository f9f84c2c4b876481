"""A small world of real software tokens whose certificates can be made to expire again and again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import update

from portal.bootstrap import BUILTIN_CA, Portal
from portal.db import schema
from portal.db.models import Certificate, CertificatePlace
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.device import DeviceState
from portal.domain.ids import DeviceId, PersonId, PolicyId, UpdateId
from portal.domain.plan_items import Choices
from portal.domain.policy import CertificateTemplate, DeviceUsagePolicy, SubjectRecipe
from portal.ports.token import Pin
from portal.seed.authority import set_up_authority
from portal.services.devices import DeviceDraft, add_devices
from portal.services.people import PersonDraft, add_people
from portal.services.policies import assign, publish
from tests.bench.stand import Stand
from tests.support.tokens import PIN, SoftHsm

ALGORITHMS: Final = {"rsa2048": KeyAlgorithm.RSA_2048, "p256": KeyAlgorithm.EC_P256}
#: Purposes whose keys may be taken off once replaced.
KINDS: Final = (
    ("vpn", Purpose.AUTHENTICATE),
    ("signature", Purpose.SIGN),
    ("domain-logon", Purpose.AUTHENTICATE),
    ("mail-signature", Purpose.SIGN),
    ("vpn", Purpose.SIGN),
)
SOON: Final = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Holding:
    """A device with a real token."""

    device: DeviceId
    serial: str


class TokenWorld:
    """Devices under policies that want so many certificates each."""

    def __init__(self, stand: Stand, hsm: SoftHsm) -> None:
        self.portal: Portal = stand.portal()
        self._hsm = hsm
        schema.upgrade(stand.settings.database_url)
        set_up_authority(stand.settings)

    def add(self, name: str, *, certificates: int, algorithm: str, devices: int = 1) -> list[Holding]:
        """People of a unit of this name, each with an empty token, under a policy of this unit."""
        serials = [self._hsm.init_token(f"{name} {number}"[:32]) for number in range(devices)]
        now = self.portal.clock.now()
        with self.portal.database.begin() as connection:
            drafts = [_person(name, number) for number in range(devices)]
            people = add_people(connection, drafts, now)
            policy = publish(connection, _policy(name, certificates, algorithm), actor="bench", now=now)
            assign(connection, policy.id, container=(name,), priority=1, now=now)
            numbers = add_devices(connection, _devices(serials, people), now)
        return [Holding(device, serial) for device, serial in zip(numbers, serials, strict=True)]

    def order(self, holding: Holding) -> UpdateId:
        """Order what is due and enter the PIN."""
        updates = self.portal.updates
        found = updates.plan(holding.device, Choices())
        ordered = updates.order(holding.device, Choices(), found.plan.content_hash, actor="bench")
        updates.enter_pin(ordered, Pin(PIN), actor="bench")
        return ordered

    def age(self, holding: Holding) -> None:
        """Make every certificate on the device due to be renewed."""
        soon = self.portal.clock.now() + SOON
        written = (Certificate.device_id == holding.device) & (Certificate.status == CertificatePlace.WRITTEN)
        with self.portal.database.begin() as connection:
            connection.execute(update(Certificate).where(written).values(not_after=soon))
        self.portal.updates.review(holding.device)


def _person(unit: str, number: int) -> PersonDraft:
    login = f"{unit}-{number}"
    attributes = {
        "login": login,
        "surname": "Измеряев",
        "given_name": "Пётр",
        "middle_name": "Ильич",
        "cn": f"Измеряев Пётр Ильич {number}",
        "email": f"{login}@example.org",
        "upn": f"{login}@corp.example.org",
    }
    return PersonDraft((unit,), attributes)


def _policy(name: str, certificates: int, algorithm: str) -> DeviceUsagePolicy:
    recipe = SubjectRecipe((("CN", "{cn}"),), (("email", "{email}"), ("upn", "{upn}")))
    templates = tuple(
        CertificateTemplate(
            key=TemplateKey(BUILTIN_CA, kind, purpose),
            name=f"{kind} {purpose.value}",
            algorithm=ALGORITHMS[algorithm],
            recipe=recipe,
            renewal_window=timedelta(days=30),
        )
        for kind, purpose in KINDS[:certificates]
    )
    return DeviceUsagePolicy(PolicyId(0), 0, name, templates)


def _devices(serials: Sequence[str], people: Sequence[PersonId]) -> list[DeviceDraft]:
    return [
        DeviceDraft(serial, type="soft", model="SoftHSM", holder=person, state=DeviceState.ASSIGNED)
        for serial, person in zip(serials, people, strict=True)
    ]

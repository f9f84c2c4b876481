"""Random devices, policies and tokens; everything follows from the seed."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Final

from portal.domain.certificate import (
    CommonOnDevice,
    KeyAlgorithm,
    ManagedCertificate,
    Purpose,
    Revocation,
    TemplateKey,
)
from portal.domain.device import AppliedPolicy, Device, DeviceState, Leftover
from portal.domain.identity_check import USUAL_CHECKS, IdentityRules, IdentityService
from portal.domain.ids import DeviceId, PersonId, PolicyId, UpdateId
from portal.domain.people import Person
from portal.domain.plan_steps import steps_of
from portal.domain.policy import CertificateTemplate, CommonCertificate, DeviceUsagePolicy, Register, SubjectRecipe
from portal.domain.update_plan import Choices, UpdatePlan, plan_update
from portal.domain.update_steps import Step
from portal.ports.vault import KeyMaterial
from tests.fakes.reader import ModelCertificate, ModelReader, public_key_of
from tests.fakes.sim_token import SimToken

#: Planning is as slow as living through a plan once; it is not what goes wrong.
STORIES_OF_A_SCENE: Final = 4
START: Final = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)
DAY: Final = timedelta(days=1)
PIN: Final = "correct"
SERIAL: Final = "token-1"
CA: Final = "model"
DEVICE: Final = DeviceId(1)
UPDATE: Final = UpdateId(1)
PERSON: Final = Person(PersonId(1), ("Ключ",), frozenset(), {"cn": "Иванова Мария", "login": "ivanova", "title": "x"})
RECIPE: Final = SubjectRecipe((("CN", "{cn}"),))
READER: Final = ModelReader()


#: A template may name registers of its own.
INN: Final = frozenset({IdentityService.INN})


def _template(name: str, purpose: Purpose) -> CertificateTemplate:
    key = TemplateKey(CA, name, purpose)
    return CertificateTemplate(key, name, KeyAlgorithm.EC_P256, RECIPE, 30 * DAY)


TEMPLATES: Final = (
    replace(_template("sign", Purpose.SIGN), revoke_on_removal=True, qualified=True),
    replace(_template("log-on", Purpose.AUTHENTICATE), reuse_key=True, qualified=True, checks=INN),
    _template("mail", Purpose.ENCRYPT),
    replace(_template("vpn", Purpose.AUTHENTICATE), escrow=True),
)


def _common(version: int) -> KeyMaterial:
    public_key = f"common:{version}".encode()
    certificate = ModelCertificate("common", f"c{version}", public_key, START - DAY, START + 900 * DAY)
    return KeyMaterial(certificate.der(), public_key)


COMMONS: Final = {("root", version): _common(version) for version in (1, 2)}


def fingerprint(der: bytes) -> str:
    return READER.certificate(der).fingerprint


@dataclass(slots=True)
class Scene:
    """What one story starts from."""

    device: Device
    policy: DeviceUsagePolicy
    plan: UpdatePlan
    steps: tuple[Step, ...]
    token: SimToken
    revoked: set[str]
    foreign: dict[str, bytes]

    def afresh(self) -> "Scene":
        """The same beginning once more, for another story."""
        there = self.token
        token = replace(there, keys=dict(there.keys), certificates=dict(there.certificates), proved=set(there.proved))
        return replace(self, token=token, revoked=set(self.revoked), foreign=dict(self.foreign))


class Gallery:
    """Paints a scene when the first of its stories is told, and keeps it for the others: they meet other weather."""

    def __init__(self) -> None:
        self._painted: tuple[int, Scene] | None = None

    def scene_of(self, seed: int) -> Scene:
        """What the story of this seed starts from."""
        number = seed // STORIES_OF_A_SCENE
        if self._painted is None or self._painted[0] != number:
            self._painted = number, scene(Random(number))
        return self._painted[1].afresh()


def scene(rng: Random) -> Scene:
    """A device with its policy and a plan that changes something."""
    while True:
        if painted := _Painter(rng).paint():
            return painted


class _Painter:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.token = SimToken(SERIAL, PIN)
        self.revoked: set[str] = set()
        self.serials = 0

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def paint(self) -> Scene | None:
        chosen = tuple(t for t in TEMPLATES if self.chance(0.45))
        managed = tuple(self._managed(t) for t in TEMPLATES if self.chance(0.4))
        commons = (self._common_on_device(),) if self.chance(0.3) else ()
        leftovers = (self._leftover(),) if self.chance(0.1) else ()
        foreign = self._foreign()
        policy = self._policy(chosen)
        device = Device(
            id=DEVICE,
            serial=SERIAL,
            state=DeviceState.ISSUED,
            holder=PERSON,
            applied=AppliedPolicy(PolicyId(1), 1),
            managed=managed,
            commons=commons,
            registered=frozenset({Register.SECRET_NET}) if self.chance(0.3) else frozenset(),
            leftovers=leftovers,
            contents=self.token.contents(),
        )
        plan = plan_update(device, policy, self._choices(policy), START)
        steps = steps_of(plan, device, policy, "6f1d")
        return Scene(device, policy, plan, steps, self.token, self.revoked, foreign) if steps else None

    def _policy(self, templates: tuple[CertificateTemplate, ...]) -> DeviceUsagePolicy:
        common = self.rng.choice((None, None, 1, 2))
        commons = () if common is None else (self._common_in_policy(common),)
        registers = frozenset({Register.SECRET_NET}) if self.chance(0.3) else frozenset[Register]()
        identity = IdentityRules(ask=True, announce=self.chance(0.5)) if self.chance(0.4) else USUAL_CHECKS
        return DeviceUsagePolicy(PolicyId(1), 1, "Model", templates, commons, registers=registers, identity=identity)

    @staticmethod
    def _common_in_policy(version: int) -> CommonCertificate:
        return CommonCertificate("root", version, fingerprint(COMMONS["root", version].certificate))

    def _choices(self, policy: DeviceUsagePolicy) -> Choices:
        if not self.chance(0.1):
            return Choices()
        going = frozenset(f for _, f in self.token.certificates)
        return Choices(remove_first=going)

    def _place(self, name: str, start: datetime, end: datetime) -> tuple[str, ModelCertificate]:
        """Put a pair with its certificate on the token."""
        self.serials += 1
        key_id = sha256(f"{name}:{self.serials}".encode()).hexdigest()[:40]
        certificate = ModelCertificate(name, f"{self.serials:x}", public_key_of(key_id), start, end)
        self.token.keys[key_id] = certificate.public_key
        self.token.certificates[key_id, fingerprint(certificate.der())] = certificate.der()
        return key_id, certificate

    def _managed(self, template: CertificateTemplate) -> ManagedCertificate:
        left = self.rng.choice((200, 200, 10, 10, -5))
        key_id, certificate = self._place(template.name, START - 100 * DAY, START + left * DAY)
        revoked = self.chance(0.1)
        if revoked:
            self.revoked.add(certificate.serial)
        return ManagedCertificate(
            fingerprint=fingerprint(certificate.der()),
            key_id=key_id,
            template=template.key,
            template_name=template.name,
            serial=certificate.serial,
            not_before=certificate.not_before,
            not_after=certificate.not_after,
            revocation=Revocation.REVOKED if revoked else Revocation.GOOD,
            escrow=template.escrow,
            revoke_on_removal=template.revoke_on_removal,
        )

    def _common_on_device(self) -> CommonOnDevice:
        version = self.rng.choice((1, 2))
        material = COMMONS["root", version]
        key_id = f"c0{version}"
        self.token.keys[key_id] = material.private_key
        self.token.certificates[key_id, fingerprint(material.certificate)] = material.certificate
        return CommonOnDevice("root", version, fingerprint(material.certificate), key_id)

    def _leftover(self) -> Leftover:
        if self.chance(0.5):
            self.token.keys["1ef7"] = b"left"
            return Leftover("1ef7")
        key_id, certificate = self._place("left", START - DAY, START + DAY)
        self.revoked.add(certificate.serial)
        return Leftover(key_id, fingerprint(certificate.der()))

    def _foreign(self) -> dict[str, bytes]:
        return {
            key_id: certificate.der()
            for key_id, certificate in (
                self._place("foreign", START - DAY, START + 99 * DAY) for _ in range(self.rng.choice((0, 0, 1, 2)))
            )
        }

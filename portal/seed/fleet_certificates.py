"""Certificates as they lie on the tokens of a fleet: most in order, some with each of the usual troubles."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from portal.domain.certificate import CommonOnDevice, ManagedCertificate, Revocation
from portal.domain.contents import TokenCertificate, TokenContents
from portal.domain.device import Device
from portal.domain.people import Person
from portal.domain.policy import CertificateTemplate, CommonCertificate, DeviceUsagePolicy
from portal.seed.policies import MAIL_SIGNATURE

ISSUER: Final = "CN=Ключ УЦ,O=АО «Ключ»,C=RU"
_FOREIGN: Final = "CN=Тестовый УЦ,O=ООО «Партнёр»,C=RU"
_YEAR: Final = timedelta(days=365)


class Mint:
    """Makes certificates that exist on paper only; the same seed makes the same ones."""

    def __init__(self, random: Random, now: datetime) -> None:
        self._random = random
        self._now = now

    def chance(self, share: float) -> bool:
        """Whether this one is among the share that has it."""
        return self._random.random() < share

    def managed(self, policy: DeviceUsagePolicy, person: Person) -> tuple[ManagedCertificate, ...]:
        """What the templates of the policy led to."""
        wanted = [one for one in policy.templates if self.chance(0.55 if one.optional else 0.99)]
        found = [self._troubled(self.certificate(template, person)) for template in wanted]
        if self.chance(0.012) and policy.template(MAIL_SIGNATURE.key) is None:
            found.append(self.certificate(MAIL_SIGNATURE, person))
        return tuple(found)

    def certificate(self, template: CertificateTemplate, person: Person) -> ManagedCertificate:
        """One certificate of a template."""
        ends = self._now + self._left(template.renewal_window)
        attributes = tuple((name, person.attribute(name)) for name in template.tracked_attributes)
        return ManagedCertificate(
            fingerprint=self._hex(32),
            key_id=self._hex(20),
            template=template.key,
            template_name=template.name,
            serial=self._hex(16),
            not_before=ends - _YEAR,
            not_after=ends,
            attributes=attributes,
            escrow=template.escrow,
            revoke_on_removal=template.revoke_on_removal,
        )

    def commons(self, policy: DeviceUsagePolicy) -> tuple[CommonOnDevice, ...]:
        """What the common certificates of the policy led to."""
        return tuple(self._common(one) for one in policy.commons if self.chance(0.985))

    def contents(self, device: Device, policy: DeviceUsagePolicy, person: Person) -> TokenContents:
        """What was last seen on the token: nearly always what it should carry, sometimes more, rarely less."""
        seen = [self._seen(one, person) for one in device.managed if not self.chance(0.006)]
        seen += [self._seen_common(one) for one in device.commons if not self.chance(0.002)]
        if self.chance(0.04 if policy.tracking else 0.01):
            seen.append(self._foreign(person))
        return TokenContents(device.serial, tuple(seen))

    def _common(self, common: CommonCertificate) -> CommonOnDevice:
        older = common.version > 1 and self.chance(0.02)
        version = common.version - 1 if older else common.version
        fingerprint = f"{version:064x}" if older else common.fingerprint
        return CommonOnDevice(common.name, version, fingerprint, self._hex(20))

    def _left(self, window: timedelta) -> timedelta:
        dice = self._random.random()
        if dice < 0.015:  # noqa: PLR2004  shares of a fleet
            return timedelta(days=-self._random.uniform(0.1, 90))
        if dice < 0.06:  # noqa: PLR2004
            return window * self._random.uniform(0.02, 1)
        return window + (_YEAR - window) * self._random.random()

    def _troubled(self, made: ManagedCertificate) -> ManagedCertificate:
        if self.chance(0.006):
            return replace(made, revocation=self._random.choice((Revocation.REVOKED, Revocation.ON_HOLD)))
        if self.chance(0.008):
            old = tuple((name, f"{value} (прежнее)" if name == "surname" else value) for name, value in made.attributes)
            return replace(made, attributes=old)
        return made

    def _seen(self, one: ManagedCertificate, person: Person) -> TokenCertificate:
        return TokenCertificate(
            fingerprint=one.fingerprint,
            key_id=one.key_id,
            label=one.template_name,
            subject=subject_of(person),
            issuer=ISSUER,
            serial=one.serial,
            not_before=one.not_before,
            not_after=one.not_after,
            has_key=True,
        )

    def _seen_common(self, one: CommonOnDevice) -> TokenCertificate:
        return TokenCertificate(
            fingerprint=one.fingerprint,
            key_id=one.key_id,
            label=one.name,
            subject=f"CN={one.name},O=АО «Ключ»,C=RU",
            issuer=ISSUER,
            serial=one.fingerprint[:32],
            not_before=self._now - _YEAR,
            not_after=self._now + _YEAR,
            has_key=True,
        )

    def _foreign(self, person: Person) -> TokenCertificate:
        ends = self._now + timedelta(days=self._random.uniform(-30, 700))
        return TokenCertificate(
            fingerprint=self._hex(32),
            key_id=self._hex(20),
            label="Партнёр",
            subject=f"CN={person.attribute('cn')},O=ООО «Партнёр»,C=RU",
            issuer=_FOREIGN,
            serial=self._hex(16),
            not_before=ends - _YEAR,
            not_after=ends,
            has_key=self.chance(0.7),
        )

    def _hex(self, size: int) -> str:
        return self._random.randbytes(size).hex()


def subject_of(person: Person) -> str:
    """The subject of a person's certificate as it is shown."""
    return f"CN={person.attribute('cn')},T={person.attribute('title')},O={person.attribute('organization')},C=RU"

"""The plan that cleans a device: everything we wrote goes, nothing else is touched."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from portal.domain.certificate import ManagedCertificate
from portal.domain.device import AppliedPolicy, Device
from portal.domain.plan_items import Action, Choices, PlanItem, UpdatePlan
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.situation import Situation
from portal.domain.standing import leftovers_to_clean
from portal.domain.update_plan import expected_hash


@dataclass(frozen=True, slots=True)
class CleaningChoices:
    """What a person chose: revoke every certificate, not only those whose template says so; give up old mail."""

    revoke_all: bool = False
    give_up_keys: bool = False


def plan_cleaning(device: Device, policy: DeviceUsagePolicy, chosen: CleaningChoices, now: datetime) -> UpdatePlan:
    """One line for everything of ours, and one for everything that stays; carried out, the next one is empty."""
    choices = Choices(drop_history=_given_up(device) if chosen.give_up_keys else frozenset())
    situation = Situation(device, policy, choices, now)
    return UpdatePlan(
        policy=AppliedPolicy(policy.id, policy.version),
        policy_name=policy.name,
        items=tuple(_lines(situation, chosen)),
        content_hash=expected_hash(device),
        choices=choices,
    )


def guarded_names(device: Device, policy: DeviceUsagePolicy, now: datetime) -> tuple[str, ...]:
    """Certificates whose keys alone open old mail: they stay unless somebody gives them up."""
    situation = Situation(device, policy, Choices(), now)
    return tuple(dict.fromkeys(c.template_name for c in device.managed if situation.guarded(c)))


def _given_up(device: Device) -> frozenset[str]:
    return frozenset(certificate.fingerprint for certificate in device.managed)


def _lines(situation: Situation, chosen: CleaningChoices) -> Iterator[PlanItem]:
    device = situation.device
    for certificate in sorted(device.managed, key=lambda c: (c.template_name, c.fingerprint, c.key_id)):
        yield _managed(situation, certificate, chosen)
    for common in sorted(device.commons, key=lambda c: (c.name, c.fingerprint, c.key_id)):
        yield PlanItem(Action.ERASE, common.name, fingerprint=common.fingerprint, key_id=common.key_id)
    for left in leftovers_to_clean(device):
        yield PlanItem(Action.ERASE, left.key_id, fingerprint=left.fingerprint or "", key_id=left.key_id)
    for tracked in sorted(device.tracked, key=lambda c: (c.subject, c.fingerprint)):
        yield PlanItem(Action.TRACK_ONLY, tracked.subject, fingerprint=tracked.fingerprint)
    for foreign in sorted(device.foreign(), key=lambda c: (c.subject, c.fingerprint, c.key_id)):
        yield PlanItem(Action.TRACK_ONLY, foreign.subject, fingerprint=foreign.fingerprint, key_id=foreign.key_id)
    for register in sorted(device.registered):
        yield PlanItem(Action.WITHDRAW, register.value, register=register)


def _managed(situation: Situation, certificate: ManagedCertificate, chosen: CleaningChoices) -> PlanItem:
    stays = situation.guarded(certificate)
    revokes = chosen.revoke_all or certificate.revoke_on_removal
    return PlanItem(
        Action.KEEP if stays else Action.ERASE,
        certificate.template_name,
        template=certificate.template,
        fingerprint=certificate.fingerprint,
        key_id=certificate.key_id,
        revokes=not stays and revokes and situation.revocable(certificate),
    )

"""From a plan to the steps that carry it out, in the order they are executed.

0. Before a qualified certificate: registers of the state have confirmed whose it is.
1. The token is wiped, where the plan says so, and compared with what the plan was made from.
2. What was let go first, goes.
3. For each new certificate: key, request, order, write, proof; only then its predecessor goes or becomes history.
4. What is only deleted, goes.
5. The token is verified against the plan.
6. Without the token: qualified certificates are made known to the holder's account, old certificates are revoked,
   registers are told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from portal.domain.certificate import ManagedCertificate
from portal.domain.contents import hash_of_places
from portal.domain.device import Device
from portal.domain.errors import PolicyForbids
from portal.domain.people import Person
from portal.domain.plan_changes import Change, ChangeKind, changes
from portal.domain.plan_identity import IdentityDemand
from portal.domain.plan_init import emptied
from portal.domain.plan_items import ISSUING, Action, Obstacle, PlanItem, UpdatePlan
from portal.domain.policy import CertificateTemplate, DeviceUsagePolicy
from portal.domain.recipe import fill
from portal.domain.update_steps import Step, StepKind

_NEW_KEY: Final = (
    StepKind.GENERATE_KEY,
    StepKind.SIGN_REQUEST,
    StepKind.REQUEST_CERTIFICATE,
    StepKind.WRITE_CERTIFICATE,
    StepKind.VERIFY_CERTIFICATE,
)
_COMMON: Final = (StepKind.WRITE_COMMON, StepKind.VERIFY_CERTIFICATE)


class PlanHasProblems(PolicyForbids):
    """The plan cannot be ordered; ``data`` names the first obstacle."""


@dataclass(frozen=True, slots=True)
class _Making:
    """What the steps are made from."""

    plan: UpdatePlan
    device: Device
    policy: DeviceUsagePolicy
    nonce: str

    def holder(self) -> Person:
        """The person the certificates are for."""
        if self.device.holder is None:
            raise PlanHasProblems(Obstacle.NO_HOLDER.value)
        return self.device.holder

    def template(self, item: PlanItem) -> CertificateTemplate:
        """The template of the policy an item is about."""
        return next(t for t in self.policy.templates if t.key == item.template)

    def identity(self) -> IdentityDemand:
        """Who must confirm whose the issued certificates are."""
        issued = [(n, self.template(item)) for n, item in enumerate(self.plan.items) if item.action in ISSUING]
        return IdentityDemand(issued, self.policy, self.holder, self.nonce)


def key_id_for(nonce: str, item: int) -> str:
    """The CKA_ID of the key made for a plan item: 20 bytes in lower hex, the same whenever it is asked for."""
    return sha256(f"{nonce}:{item}".encode()).hexdigest()[:40]


def steps_of(plan: UpdatePlan, device: Device, policy: DeviceUsagePolicy, nonce: str) -> tuple[Step, ...]:
    """The steps of a plan made from this device and policy; none when nothing would change.

    Raises PlanHasProblems when the plan names problems.
    """
    if plan.problems:
        problem = plan.problems[0]
        raise PlanHasProblems(problem.obstacle.value, name=problem.name, field=problem.field)
    if plan.empty:
        return ()
    return tuple(_steps(_Making(plan, emptied(device) if plan.initializes else device, policy, nonce)))


def _steps(making: _Making) -> Iterator[Step]:
    yield from making.identity().checks()
    yield from _initialize(making)
    for change in changes(making.plan.items, making.device):
        yield from _of_change(making, change)
    yield _final_look(making)
    yield from making.identity().announcements()
    yield from _revocations(making)
    yield from _registers(making)


def _initialize(making: _Making) -> Iterator[Step]:
    """Wipe the token if the plan says so; compare what is there with what the rest of the plan was made from."""
    expected = making.plan.content_hash
    for index, item in enumerate(making.plan.items):
        if item.action is Action.INITIALIZE:
            yield Step(StepKind.INIT_TOKEN, item=index, label=item.name, content_hash=expected)
            expected = hash_of_places(making.device.serial, ())
    yield Step(StepKind.COMPARE_CONTENTS, content_hash=expected)


def _of_change(making: _Making, change: Change) -> Iterator[Step]:
    item = making.plan.items[change.item]
    if change.kind is ChangeKind.RETAIN:
        yield _old(StepKind.RETAIN_HISTORY, change.item, item)
    elif change.kind is ChangeKind.REMOVE:
        yield from _remove(change, item)
    elif item.action in ISSUING:
        yield from _issue(making, change.item, item)
    else:
        yield from _write_common(making, change.item, item)


def _remove(change: Change, item: PlanItem) -> Iterator[Step]:
    if item.fingerprint:
        yield _old(StepKind.REMOVE_CERTIFICATE, change.item, item)
    if change.with_key:
        yield replace(_old(StepKind.REMOVE_KEY, change.item, item), fingerprint="")


def _issue(making: _Making, index: int, item: PlanItem) -> Iterator[Step]:
    template = making.template(item)
    same_key = item.action is Action.RENEW_SAME_KEY
    first = making.identity().guarded(_first_of_issue(making, index, template), template)
    if same_key:
        first = replace(first, key_id=item.key_id)
    yield from (replace(first, kind=kind) for kind in (_NEW_KEY[1:] if same_key else _NEW_KEY))


def _first_of_issue(making: _Making, index: int, template: CertificateTemplate) -> Step:
    holder = making.holder()
    subject, alternative = fill(template.recipe, holder)
    return Step(
        StepKind.GENERATE_KEY,
        item=index,
        template=template.key,
        template_name=template.name,
        algorithm=template.algorithm,
        key_id=key_id_for(making.nonce, index),
        label=template.name,
        order_id=f"{making.nonce}-{index}",
        subject=subject,
        alternative=alternative,
        attributes=tuple((name, holder.attribute(name)) for name in template.tracked_attributes),
        escrow=template.escrow,
        revoke_on_removal=template.revoke_on_removal,
    )


def _write_common(making: _Making, index: int, item: PlanItem) -> Iterator[Step]:
    common = next(c for c in making.policy.commons if c.name == item.common)
    for kind in _COMMON:
        yield Step(
            kind,
            item=index,
            common=common.name,
            common_version=common.version,
            fingerprint=common.fingerprint,
            key_id=key_id_for(making.nonce, index),
            label=common.name,
        )


def _old(kind: StepKind, index: int, item: PlanItem) -> Step:
    """A step about what is on the device now."""
    return Step(
        kind,
        item=index,
        template=item.template,
        template_name=item.name if item.template else "",
        common=item.common,
        label="" if item.template or item.common else item.name,  # nothing but this tells people what goes
        fingerprint=item.fingerprint,
        key_id=item.key_id,
    )


def _final_look(making: _Making) -> Step:
    """What must be there and what must be gone at the end, as far as it is known before the first step."""
    there = _places(making.device)
    stays, goes = set(), set()
    for item in making.plan.items:
        if item.removes and item.fingerprint:
            goes.add((item.key_id, item.fingerprint))
        elif (item.action in {Action.KEEP, Action.RETAIN} or item.retains) and not _lost(making, item):
            stays.add((item.key_id, item.fingerprint))
    written = {c.fingerprint for c in making.policy.commons for i in making.plan.items if _writes(i, c.name)}
    copies = {fingerprint for place in there - goes for fingerprint in place[1:]}
    return Step(
        StepKind.VERIFY_TOKEN,
        present=tuple(sorted({fingerprint for _, fingerprint in stays & there} | written)),
        absent=tuple(sorted({fingerprint for _, fingerprint in goes} - written - copies)),
    )


def _lost(making: _Making, item: PlanItem) -> bool:
    return making.device.lost(item.fingerprint, item.key_id)


def _writes(item: PlanItem, common: str) -> bool:
    return item.common == common and item.action in {Action.WRITE_COMMON, Action.REPLACE_COMMON}


def _places(device: Device) -> set[tuple[str, str]]:
    """Where certificates are on the token as seen or, if it never was, as recorded."""
    if device.contents:
        return {(c.key_id, c.fingerprint) for c in device.contents.certificates}
    managed = {(c.key_id, c.fingerprint) for c in device.managed}
    return managed | {(c.key_id, c.fingerprint) for c in device.commons}


def _revocations(making: _Making) -> Iterator[Step]:
    old: dict[str, ManagedCertificate] = {c.fingerprint: c for c in making.device.managed}
    for index, item in enumerate(making.plan.items):
        if item.revokes:
            step = _old(StepKind.REVOKE_CERTIFICATE, index, item)
            yield replace(step, serial=old[item.fingerprint].serial, order_id=f"{making.nonce}-{index}-r")


def _registers(making: _Making) -> Iterator[Step]:
    kinds = {Action.REGISTER: StepKind.REGISTER_DEVICE, Action.WITHDRAW: StepKind.WITHDRAW_DEVICE}
    for index, item in enumerate(making.plan.items):
        kind = kinds.get(item.action)
        if kind:
            yield Step(kind, item=index, register=item.register, order_id=f"{making.nonce}-{index}")

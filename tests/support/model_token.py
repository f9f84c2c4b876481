"""A token, a CA and our records as plain values in memory: carries out the steps of an update, one by one.

It believes nothing: a request needs its key, a proof needs certificate and key, the last look must agree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from portal.domain.certificate import CommonOnDevice, ManagedCertificate
from portal.domain.contents import TokenCertificate, TokenContents, TokenKey
from portal.domain.device import Device, Leftover
from portal.domain.identity_check import IdentityService
from portal.domain.plan_items import UpdatePlan
from portal.domain.update_steps import PIVOTS, Step, StepKind

#: What happens to a key once its certificate is gone.
KEY_NEXT: Final = frozenset({StepKind.REMOVE_KEY, StepKind.WRITE_CERTIFICATE})
VALIDITY: Final = timedelta(days=365)
NO_END: Final = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class ModelToken:
    """What is on the token: certificates by place (key id, fingerprint), and key pairs with their algorithm."""

    serial: str
    certificates: dict[tuple[str, str], TokenCertificate] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, device: Device) -> "ModelToken":
        """The token behind this device: as seen or, if it never was, as recorded."""
        token = cls(device.serial)
        if device.contents:
            token.certificates = {(c.key_id, c.fingerprint): c for c in device.contents.certificates}
            token.keys = {k.key_id: k.algorithm for k in device.contents.keys if k.private is not False}
            return token
        recorded = [(c.key_id, c.fingerprint) for c in device.managed]
        recorded += [(c.key_id, c.fingerprint) for c in device.commons]
        for key_id, fingerprint in recorded:
            token.keys[key_id] = "rsa2048"
            token.certificates[key_id, fingerprint] = _certificate(key_id, fingerprint, device)
        return token

    def contents(self) -> TokenContents:
        """What is read after sign-in."""
        return TokenContents(
            self.serial,
            tuple(replace(c, has_key=c.key_id in self.keys) for _, c in sorted(self.certificates.items())),
            tuple(TokenKey(key_id, "", algorithm, True, True) for key_id, algorithm in sorted(self.keys.items())),
            complete=True,
        )

    def works(self, fingerprint: str) -> bool:
        """Whether this certificate is there with its key."""
        return any(place[1] == fingerprint and place[0] in self.keys for place in self.certificates)


class ModelUpdate:
    """One device in the hands of an update."""

    def __init__(self, device: Device, now: datetime) -> None:
        self.device = device
        self.now = now
        self.token = ModelToken.of(device)
        self.issued: dict[str, ManagedCertificate] = {}
        self.revoked: set[str] = set()
        self.confirmed: frozenset[IdentityService] = frozenset()
        self._by_item: dict[int, ManagedCertificate] = {}

    def run(self, steps: Iterable[Step], plan: UpdatePlan) -> Device:
        """Carry everything out; the device afterwards, with the policy applied."""
        for step in steps:
            self.carry_out(step)
        return self.complete(plan)

    def break_off(self, steps: Sequence[Step], cut: int) -> Device:
        """Carry out the first steps, then give up: the item under way is undone unless it is proved."""
        for number, step in enumerate(steps[:cut]):
            self.carry_out(step)
            key_waits = any(s.kind in KEY_NEXT and s.key_id == step.key_id for s in steps[number + 1 :])
            if step.kind is StepKind.REMOVE_CERTIFICATE and key_waits:
                self.device = replace(self.device, leftovers=(*self.device.leftovers, Leftover(step.key_id)))
        mine = [s for s in steps[:cut] if cut < len(steps) and s.item == steps[cut].item]
        if not any(step.kind in PIVOTS for step in mine):
            for step in reversed(mine):
                self._undo(step)
        self.device = replace(self.device, contents=self.token.contents())
        return self.device

    def _undo(self, step: Step) -> None:
        if step.kind is StepKind.WRITE_CERTIFICATE:
            self._remove_certificate(replace(step, fingerprint=self._by_item[step.item].fingerprint))
        if step.kind is StepKind.WRITE_COMMON:
            self._remove_certificate(step)
        if step.kind in {StepKind.GENERATE_KEY, StepKind.WRITE_COMMON}:
            self._remove_key(step)

    def complete(self, plan: UpdatePlan) -> Device:
        """The run ended well: the policy is applied, the token was read."""
        self.device = replace(self.device, applied=plan.policy, contents=self.token.contents())
        return self.device

    def carry_out(self, step: Step) -> None:
        """Do one step on token, CA and records."""
        getattr(self, f"_{step.kind.value}")(step)

    def _compare_contents(self, step: Step) -> None:
        assert self.token.contents().content_hash() == step.content_hash

    def _generate_key(self, step: Step) -> None:
        assert step.key_id not in self.token.keys
        assert step.algorithm is not None
        self.token.keys[step.key_id] = step.algorithm.value

    def _sign_request(self, step: Step) -> None:
        assert step.key_id in self.token.keys
        assert step.subject

    def _request_certificate(self, step: Step) -> None:
        assert step.services <= self.confirmed
        assert step.template is not None
        assert step.order_id not in self.issued, "an order is given once"
        certificate = ManagedCertificate(
            fingerprint=sha256(step.order_id.encode()).hexdigest(),
            key_id=step.key_id,
            template=step.template,
            template_name=step.template_name,
            serial=sha256(step.order_id.encode()).hexdigest()[:16],
            not_before=self.now,
            not_after=self.now + VALIDITY,
            attributes=step.attributes,
            escrow=step.escrow,
            revoke_on_removal=step.revoke_on_removal,
        )
        self.issued[step.order_id] = self._by_item[step.item] = certificate

    def _write_certificate(self, step: Step) -> None:
        certificate = self._by_item[step.item]
        self._put(step.key_id, certificate.fingerprint)
        self.device = replace(self.device, managed=(*self.device.managed, certificate))

    def _write_common(self, step: Step) -> None:
        assert step.key_id not in self.token.keys
        self.token.keys[step.key_id] = "rsa2048"
        self._put(step.key_id, step.fingerprint)
        written = CommonOnDevice(step.common, step.common_version, step.fingerprint, step.key_id)
        self.device = replace(self.device, commons=(*self.device.commons, written))

    def _verify_certificate(self, step: Step) -> None:
        fingerprint = step.fingerprint or self._by_item[step.item].fingerprint
        assert (step.key_id, fingerprint) in self.token.certificates
        assert step.key_id in self.token.keys

    def _retain_history(self, step: Step) -> None:
        assert self.device.managed
        self.device = replace(
            self.device,
            managed=tuple(
                replace(c, history=True) if c.fingerprint == step.fingerprint else c for c in self.device.managed
            ),
        )

    def _remove_certificate(self, step: Step) -> None:
        self.token.certificates.pop((step.key_id, step.fingerprint), None)
        left = (Leftover(i.key_id) if i.fingerprint == step.fingerprint else i for i in self.device.leftovers)
        self.device = replace(
            self.device,
            managed=tuple(c for c in self.device.managed if c.fingerprint != step.fingerprint),
            commons=tuple(c for c in self.device.commons if c.fingerprint != step.fingerprint),
            leftovers=tuple(left),
        )

    def _remove_key(self, step: Step) -> None:
        self.token.keys.pop(step.key_id, None)
        left = tuple(i for i in self.device.leftovers if i.key_id != step.key_id)
        self.device = replace(self.device, leftovers=left)

    def _verify_token(self, step: Step) -> None:
        issued = {c.fingerprint for c in self.issued.values()}
        assert all(self.token.works(fingerprint) for fingerprint in {*step.present, *issued})
        there = {fingerprint for _, fingerprint in self.token.certificates}
        assert not there & set(step.absent)

    def _revoke_certificate(self, step: Step) -> None:
        assert step.template is not None
        assert step.serial not in self.revoked
        self.revoked.add(step.serial)

    def _check_identity(self, step: Step) -> None:
        assert step.person
        assert step.services
        self.confirmed |= step.services

    def _announce_certificate(self, step: Step) -> None:
        assert step.item in self._by_item

    def _register_device(self, step: Step) -> None:
        assert step.register is not None
        self.device = replace(self.device, registered=self.device.registered | {step.register})

    def _withdraw_device(self, step: Step) -> None:
        assert step.register is not None
        self.device = replace(self.device, registered=self.device.registered - {step.register})

    def _put(self, key_id: str, fingerprint: str) -> None:
        self.token.certificates[key_id, fingerprint] = _certificate(key_id, fingerprint, self.device)


def _certificate(key_id: str, fingerprint: str, device: Device) -> TokenCertificate:
    known = next((c for c in device.managed if c.fingerprint == fingerprint), None)
    end = known.not_after if known else NO_END
    return TokenCertificate(
        fingerprint=fingerprint,
        key_id=key_id,
        label="",
        subject=f"CN={fingerprint}",
        issuer="CN=model",
        serial="01",
        not_before=end - VALIDITY,
        not_after=end,
        has_key=True,
    )

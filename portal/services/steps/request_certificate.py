"""A certificate from the CA: ordered under an id that never changes, checked before it is believed."""

from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from typing import Final, assert_never

from portal.domain.certificate import TemplateKey
from portal.domain.errors import OutsideUnavailable
from portal.domain.facts import CertificateIssued, CertificateRevoked, Fact
from portal.domain.outcomes import Absent, Accepted, Done, Happened, Outcome, Refused, Unknown, Waiting, WaitingFor
from portal.domain.troubles import Trouble, Why, why
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.certificate_authority import (
    CertificateAuthority,
    CertificateOrder,
    IssuedCertificate,
    Repeater,
    RevocationOrder,
    Withdrawer,
)
from portal.ports.certificates import CertificateFacts
from portal.services.step_context import StepContext, StepResult, Verdict
from portal.services.steps.base import Handler
from portal.services.steps.check_identity import confirmed

#: How far ahead of ours a CA's clock may be.
CLOCK_SKEW: Final = timedelta(minutes=1)
UNDO_REASON: Final = "cessationOfOperation"
#: An authority that said so has issued nothing, and will not.
_NO: Final = frozenset({"said_no", "declined"})


class RequestCertificate(Handler):
    """Whatever is retried, the CA sees one order id and issues one certificate."""

    undoes = True
    owes = True

    def order(self, step: Step, context: StepContext) -> CertificateOrder:
        """The order, from the step and the signed request; while it is in doubt, with since when."""
        request, template = _request(step, context), template_of(step).ca_template
        begun = _in_doubt_since(step, context)
        return CertificateOrder(step.order_id, template, request, step.subject, step.alternative, begun)

    def carry_out(self, step: Step, context: StepContext) -> Outcome[StepResult]:
        """Order it, if it is qualified only while the holder's data are confirmed."""
        if step.services and not isinstance(unconfirmed := confirmed(step, context), Done):
            return unconfirmed
        ca = ca_of(step, context)
        return ca if isinstance(ca, Refused) else _outcome(step, ca.request(self.order(step, context)), context)

    def look_up(self, step: Step, ticket: str, context: StepContext) -> Outcome[StepResult]:
        """Whether the CA has decided."""
        ca = ca_of(step, context)
        if isinstance(ca, Refused):
            return ca
        asked = ca.ask_again(self.order(step, context)) if isinstance(ca, Repeater) else ca.look_up(ticket)
        return _outcome(step, asked, context)

    def effect_of(self, step: Step, context: StepContext) -> Verdict:
        """Whether the CA knows the order."""
        ca = ca_of(step, context)
        if isinstance(ca, Refused):
            return Unknown(ca.why, ca.whom)
        effect = ca.effect_of(self.order(step, context))
        if not isinstance(effect, Happened):
            return effect
        checked = _checked(step, effect.reply, context)
        return Happened(checked.reply) if isinstance(checked, Done) else checked

    def undo(self, step: Step, context: StepContext) -> Outcome[tuple[Fact, ...]]:
        """Revoke what was issued, known to us or not."""
        ca = ca_of(step, context)
        if isinstance(ca, Refused):
            return ca
        known = context.reply_of(StepKind.REQUEST_CERTIFICATE, step.item)
        if known is not None:
            return _revoke(step, ca, known["serial"], ())
        effect = ca.effect_of(self.order(step, context))
        match effect:
            case Absent():
                return Done(())
            case Happened(reply=issued):
                return _revoke_unknown(step, ca, issued, context)
            case Accepted(waiting=waiting):
                return _withdrawn(ca, self.order(step, context), waiting)
            case Unknown(why=reason, whom=whom):
                said = _said_of(step, context)
                if whom is None and said is not None and said.detail in _NO:
                    return Done(())  # it cannot be asked afterwards, and has told us already
                if said is not None and said.trouble is Trouble.CA_MISMATCH:
                    reason = said
                return Refused(reason, permanent=whom is None, whom=whom or WaitingFor.RETRY)
            case _:
                assert_never(effect)

    def gone(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """What we know of is revoked."""
        known = context.reply_of(StepKind.REQUEST_CERTIFICATE, step.item)
        return (CertificateRevoked(template_of(step).ca, known["serial"]),) if known else ()


def _in_doubt_since(step: Step, context: StepContext) -> datetime | None:
    """When the intent was committed whose outcome nobody wrote down; None when it is another time to ask."""
    doubts = (one.intended_at for one in context.records if one.step == step and one.status is StepStatus.INTENDED)
    return next(doubts, None)


def _said_of(step: Step, context: StepContext) -> Why | None:
    """Why the order came to nothing, as it was written down."""
    return next((record.why for record in context.records if record.step == step), None)


def template_of(step: Step) -> TemplateKey:
    """The template the step is about; a step of this kind without one is a mistake of the plan."""
    if step.template is None:
        raise ValueError(step.kind)
    return step.template


def ca_of(step: Step, context: StepContext) -> CertificateAuthority | Refused:
    """The CA of the step's template; Refused while it is not configured or does not answer."""
    name = template_of(step).ca
    try:
        ca = context.outside.authorities.get(name)
    except OutsideUnavailable:
        ca = None
    return ca or Refused(why(Trouble.CA_UNAVAILABLE, ca=name), permanent=False, asked=False)


def _request(step: Step, context: StepContext) -> bytes:
    signed = context.reply_of(StepKind.SIGN_REQUEST, step.item)
    if signed is None:
        raise LookupError(step.order_id)
    return b64decode(signed["request"])


def _outcome(step: Step, outcome: Outcome[IssuedCertificate], context: StepContext) -> Outcome[StepResult]:
    return _checked(step, outcome.reply, context) if isinstance(outcome, Done) else outcome


def _checked(step: Step, issued: IssuedCertificate, context: StepContext) -> Done[StepResult] | Refused:
    """Believe a certificate only when it carries our key, is made out to whom we named, and is valid now."""
    reader, now = context.outside.reader, context.outside.clock.now()
    try:
        facts = reader.certificate(issued.certificate)
    except ValueError:
        return _mismatch("unreadable")
    if facts.public_key_hash != reader.request_key_hash(_request(step, context)):
        return _mismatch("key")
    if not _made_out_to(step, facts):
        return _mismatch("subject")
    if not facts.not_before - CLOCK_SKEW <= now < facts.not_after:
        return _mismatch("validity")
    reply = {
        "certificate": b64encode(issued.certificate).decode(),
        "fingerprint": facts.fingerprint,
        "serial": facts.serial,
    }
    return Done(StepResult(reply, (_issued(step, issued, facts),)))


def _made_out_to(step: Step, facts: CertificateFacts) -> bool:
    """Whether it bears the common name of the order; an authority may add to the subject, or leave the order's case."""
    named = dict(step.subject).get("CN")
    return named is None or _plain(named) == _plain(facts.common_name)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _mismatch(detail: str) -> Refused:
    return Refused(why(Trouble.CA_MISMATCH, detail), permanent=True)


def _issued(step: Step, issued: IssuedCertificate, facts: CertificateFacts) -> CertificateIssued:
    return CertificateIssued(
        fingerprint=facts.fingerprint,
        key_id=step.key_id,
        template=template_of(step),
        template_name=step.template_name,
        serial=facts.serial,
        subject=facts.subject,
        issuer=facts.issuer,
        not_before=facts.not_before,
        not_after=facts.not_after,
        attributes=step.attributes,
        escrow=step.escrow,
        revoke_on_removal=step.revoke_on_removal,
        der=issued.certificate,
    )


def _revoke_unknown(
    step: Step, ca: CertificateAuthority, issued: IssuedCertificate, context: StepContext
) -> Outcome[tuple[Fact, ...]]:
    """Revoke a certificate our journal never took in: lost in a crash, or not what was ordered."""
    try:
        facts = context.outside.reader.certificate(issued.certificate)
    except ValueError:
        return Refused(why(Trouble.CA_UNKNOWN, "unreadable"), permanent=True)
    return _revoke(step, ca, facts.serial, (_issued(step, issued, facts),))


def _withdrawn(ca: CertificateAuthority, order: CertificateOrder, waiting: Waiting) -> Outcome[tuple[Fact, ...]]:
    """Take an open request back; an authority that cannot do that is waited for, and what it issues is revoked."""
    if not isinstance(ca, Withdrawer):
        return waiting
    outcome = ca.withdraw(order)
    return Done(()) if isinstance(outcome, Done) else outcome


def _revoke(step: Step, ca: CertificateAuthority, serial: str, facts: tuple[Fact, ...]) -> Outcome[tuple[Fact, ...]]:
    outcome = ca.revoke(RevocationOrder(f"{step.order_id}-undo", serial, UNDO_REASON))
    if not isinstance(outcome, Done):
        return outcome
    return Done((*facts, CertificateRevoked(template_of(step).ca, serial)))

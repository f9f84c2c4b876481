"""The plan table for certificates from templates: one line for each."""

from collections.abc import Iterator
from dataclasses import replace

from portal.domain.certificate import ManagedCertificate, Revocation
from portal.domain.certificate_reasons import about_spare, about_template
from portal.domain.device import Device
from portal.domain.findings import Finding, UpdateReason
from portal.domain.plan_items import Action, PlanItem
from portal.domain.policy import CertificateTemplate
from portal.domain.situation import Situation
from portal.domain.standing import TemplateStanding, outside_policy, template_standings


def template_lines(situation: Situation) -> Iterator[PlanItem]:
    """One line for each template of the policy, and for each second certificate of one template."""
    for standing in template_standings(situation.device, situation.policy, situation.now):
        yield _template_line(situation, standing)
        for spare in standing.spare:
            yield _removal(
                situation,
                spare,
                about_spare(standing.template.name, spare.fingerprint),
                name=standing.template.name,
                revokes=spare.revoke_on_removal,
            )


def removed_template_lines(situation: Situation) -> Iterator[PlanItem]:
    """Certificates whose template is gone: deleted, or kept as history."""
    for certificate in outside_policy(situation.device, situation.policy):
        because = Finding(UpdateReason.TEMPLATE_REMOVED, certificate.template_name, certificate.fingerprint)
        yield _removal(
            situation, certificate, because, name=certificate.template_name, revokes=certificate.revoke_on_removal
        )


def history_lines(situation: Situation) -> Iterator[PlanItem]:
    """Old decryption keys: they stay unless a person gave them up."""
    for old in sorted(
        (c for c in situation.device.managed if c.history), key=lambda c: (c.template_name, c.fingerprint)
    ):
        if old.fingerprint in situation.choices.drop_history:
            because = Finding(UpdateReason.HISTORY_GIVEN_UP, old.template_name, old.fingerprint)
            yield _removal(situation, old, because, name=old.template_name, revokes=old.revoke_on_removal)
        else:
            yield _about(Action.RETAIN, old, old.template_name)


def _template_line(situation: Situation, standing: TemplateStanding) -> PlanItem:
    template, certificate = standing.template, standing.certificate
    because = about_template(situation.device, standing, situation.now)
    if certificate is None:
        wanted = not template.optional or template.key in (situation.choices.optional or ())
        return _new(template, because) if wanted else _offer(template)
    if _deselected(situation, template):
        return _switched_off(situation, template, certificate)
    if not because:
        return _about(Action.KEEP, certificate, template.name, optional=template.optional)
    return _renewal(situation, template, certificate, because)


def _deselected(situation: Situation, template: CertificateTemplate) -> bool:
    chosen = situation.choices.optional
    return template.optional and chosen is not None and template.key not in chosen


def _new(template: CertificateTemplate, because: tuple[Finding, ...]) -> PlanItem:
    return PlanItem(
        Action.ISSUE,
        template.name,
        because,
        template=template.key,
        optional=template.optional,
        qualified=template.qualified,
    )


def _offer(template: CertificateTemplate) -> PlanItem:
    return PlanItem(
        Action.OFFER,
        template.name,
        template=template.key,
        optional=True,
        selected=False,
        qualified=template.qualified,
    )


def _switched_off(situation: Situation, template: CertificateTemplate, certificate: ManagedCertificate) -> PlanItem:
    because = Finding(UpdateReason.OPTIONAL_AVAILABLE, template.name, certificate.fingerprint, on=False)
    line = _removal(situation, certificate, because, name=template.name, revokes=template.revoke_on_removal)
    return replace(line, optional=True, selected=False)


def _renewal(
    situation: Situation,
    template: CertificateTemplate,
    certificate: ManagedCertificate,
    because: tuple[Finding, ...],
) -> PlanItem:
    action = _way_to_renew(situation.device, template, certificate)
    return replace(
        _new(template, because),
        action=action,
        fingerprint=certificate.fingerprint,
        key_id=certificate.key_id,
        revokes=template.revoke_on_removal and situation.revocable(certificate),
        retains=action is not Action.RENEW_SAME_KEY and situation.guarded(certificate),
    )


def _way_to_renew(device: Device, template: CertificateTemplate, certificate: ManagedCertificate) -> Action:
    """The same key only when the policy says so, the key is seen on the token and nobody has to distrust it."""
    if device.lost(certificate.fingerprint, certificate.key_id):
        return Action.ISSUE
    trusted = template.reuse_key and certificate.revocation is not Revocation.REVOKED
    keys = device.contents.keys if device.contents else ()
    fits = any(k.key_id == certificate.key_id and k.algorithm == template.algorithm.value for k in keys)
    return Action.RENEW_SAME_KEY if trusted and fits else Action.RENEW


def _removal(
    situation: Situation, certificate: ManagedCertificate, because: Finding, *, name: str, revokes: bool
) -> PlanItem:
    action = Action.RETAIN if situation.guarded(certificate) else Action.DELETE
    line = _about(action, certificate, name)
    return replace(line, because=(because,), revokes=revokes and situation.revocable(certificate))


def _about(action: Action, certificate: ManagedCertificate, name: str, *, optional: bool = False) -> PlanItem:
    return PlanItem(
        action,
        name,
        template=certificate.template,
        fingerprint=certificate.fingerprint,
        key_id=certificate.key_id,
        optional=optional,
    )

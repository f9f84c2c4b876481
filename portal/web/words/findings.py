"""Why a device needs an update, in words."""

import re
from collections.abc import Callable
from typing import Final

from portal.domain.findings import Finding, UpdateReason
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.dates import day
from portal.web.words.names import attribute_name, register_name
from portal.web.words.subjects import owner, owner_name


def finding_sentence(finding: Finding) -> str:
    """The finding as people read it on the device card."""
    return SENTENCES[finding.reason](finding)


def finding_kind(finding: Finding) -> str:
    """How much it matters: a usable certificate is gone, something is due, or it is only an offer."""
    return reason_kind(finding.reason)


def reason_kind(reason: UpdateReason) -> str:
    """The kind of a reason, for its colour and icon."""
    if reason in PROBLEMS:
        return "problem"
    return "due" if reason.due else "possible"


def reason_name(reason: UpdateReason) -> str:
    """The reason alone, for filters and counters."""
    return str(REASONS[reason])


def _expiring(finding: Finding) -> str:
    if finding.until is None:
        return _("The certificate “%(template)s” is about to expire", template=finding.subject)
    until = day(finding.until)
    return _("The certificate “%(template)s” is about to expire: %(date)s", template=finding.subject, date=until)


def _switched(finding: Finding) -> str:
    name = register_name(finding.subject)
    if finding.on:
        return _("The connector %(name)s was switched on", name=name)
    return _("The connector %(name)s was switched off", name=name)


def _foreign(finding: Finding) -> str:
    if not finding.subject:
        return _("There are certificates on the device that were added outside the system")
    return _("A certificate on the device was added outside the system: %(subject)s", subject=owner(finding.subject))


def _optional(finding: Finding) -> str:
    if finding.on is None:
        return _("The optional certificate “%(template)s” can be written or removed", template=finding.subject)
    if finding.on:
        return _("The optional certificate “%(template)s” was chosen", template=finding.subject)
    return _("The optional certificate “%(template)s” is no longer chosen", template=finding.subject)


def _leftover(finding: Finding) -> str:
    if not finding.subject:
        return _("An earlier update left something behind on the device")
    name = leftover_name(finding.subject, finding.fingerprint)
    return _("An earlier update left something behind on the device: %(name)s", name=name)


def leftover_name(subject: str, fingerprint: str) -> str:
    """What was left behind: by its name, or a key, and its certificate, by the beginning of the key's number."""
    if not KEY_ID.fullmatch(subject):
        return owner_name(subject)
    if fingerprint:
        return _("certificate of key %(number)s…", number=subject[:8])
    return _("key %(number)s…", number=subject[:8])


#: How keys are numbered on a token; a certificate is called by its name.
KEY_ID: Final = re.compile("[0-9a-f]{40}")

PROBLEMS: Final = frozenset(
    {
        UpdateReason.CERTIFICATE_EXPIRED,
        UpdateReason.CERTIFICATE_REVOKED,
        UpdateReason.CONTENT_MISSING,
    }
)

SENTENCES: Final[dict[UpdateReason, Callable[[Finding], str]]] = {
    UpdateReason.CERTIFICATE_EXPIRED: lambda f: _("The certificate “%(template)s” has expired", template=f.subject),
    UpdateReason.CERTIFICATE_EXPIRING: _expiring,
    UpdateReason.CERTIFICATE_REVOKED: lambda f: _(
        "The certificate “%(template)s” was revoked at the CA", template=f.subject
    ),
    UpdateReason.POLICY_CHANGED: lambda f: _("A new policy was assigned: “%(policy)s”", policy=f.subject),
    UpdateReason.TEMPLATE_ADDED: lambda f: _(
        "The set of templates of the policy changed, added: %(template)s", template=f.subject
    ),
    UpdateReason.TEMPLATE_REMOVED: lambda f: _(
        "The set of templates of the policy changed, removed: %(template)s", template=f.subject
    ),
    UpdateReason.COMMON_ADDED: lambda f: _("The common certificates changed, added: %(name)s", name=f.subject),
    UpdateReason.COMMON_REMOVED: lambda f: _("The common certificates changed, removed: %(name)s", name=f.subject),
    UpdateReason.COMMON_REPLACED: lambda f: _("The common certificates changed, replaced: %(name)s", name=f.subject),
    UpdateReason.ATTRIBUTE_CHANGED: lambda f: _(
        "The user's data changed: %(attribute)s", attribute=attribute_name(f.subject)
    ),
    UpdateReason.CONNECTOR_SWITCHED: _switched,
    UpdateReason.FOREIGN_FOUND: _foreign,
    UpdateReason.CONTENT_MISSING: lambda f: _(
        "The certificate “%(template)s” is missing from the device", template=f.subject
    ),
    UpdateReason.LEFTOVER_FOUND: _leftover,
    UpdateReason.OPTIONAL_AVAILABLE: _optional,
    UpdateReason.HISTORY_GIVEN_UP: lambda f: _("The old decryption key “%(name)s” was given up", name=f.subject),
}

REASONS: Final = {
    UpdateReason.CERTIFICATE_EXPIRED: _l("Certificate expired"),
    UpdateReason.CERTIFICATE_EXPIRING: _l("Certificate about to expire"),
    UpdateReason.CERTIFICATE_REVOKED: _l("Certificate revoked"),
    UpdateReason.POLICY_CHANGED: _l("Another policy assigned"),
    UpdateReason.TEMPLATE_ADDED: _l("Template added"),
    UpdateReason.TEMPLATE_REMOVED: _l("Template removed"),
    UpdateReason.COMMON_ADDED: _l("Common certificate added"),
    UpdateReason.COMMON_REMOVED: _l("Common certificate removed"),
    UpdateReason.COMMON_REPLACED: _l("Common certificate replaced"),
    UpdateReason.ATTRIBUTE_CHANGED: _l("User's data changed"),
    UpdateReason.CONNECTOR_SWITCHED: _l("Connector switched"),
    UpdateReason.FOREIGN_FOUND: _l("Foreign certificate found"),
    UpdateReason.CONTENT_MISSING: _l("Certificate missing from the device"),
    UpdateReason.LEFTOVER_FOUND: _l("Left behind by an earlier update"),
    UpdateReason.HISTORY_GIVEN_UP: _l("Old decryption key given up"),
    UpdateReason.OPTIONAL_AVAILABLE: _l("Optional certificate available"),
}

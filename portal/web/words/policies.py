"""Policies in words: values of settings, differences of versions, what is left to mend."""

from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from typing import Any, Final

from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.identity_check import ASKABLE
from portal.domain.letters import Audience
from portal.domain.policy import CertificateTemplate, CommonCertificate
from portal.domain.policy_changes import ChangeKind, PolicyChange
from portal.domain.policy_check import PolicyProblem
from portal.domain.policy_offers import OfferedTemplate
from portal.domain.policy_sections import PolicySection
from portal.web.translate import gettext as _
from portal.web.translate import ngettext
from portal.web.words.agents import OTHER_PERSON
from portal.web.words.errors import field_message
from portal.web.words.identity import SERVICES
from portal.web.words.letters import AUDIENCES
from portal.web.words.names import attribute_name, purpose_name
from portal.web.words.policy_settings import section_name, setting_name

ALGORITHMS: Final = {
    KeyAlgorithm.RSA_2048: "RSA 2048",
    KeyAlgorithm.RSA_3072: "RSA 3072",
    KeyAlgorithm.RSA_4096: "RSA 4096",
    KeyAlgorithm.EC_P256: "ECDSA P-256",
    KeyAlgorithm.EC_P384: "ECDSA P-384",
}
_CHOICES: Final[dict[Enum, Any]] = dict([*ALGORITHMS.items(), *OTHER_PERSON.items()])
_ATTRIBUTES: Final = frozenset({"tracked_attributes"})


def days(span: timedelta) -> str:
    """A length of time in whole days."""
    return ngettext("%(num)d day", "%(num)d days", span.days)


def yes_no(value: bool) -> str:  # noqa: FBT001 - it is the value that is said
    """A switch in a word."""
    return _("yes") if value else _("no")


def setting_value(setting: str, value: Any) -> str:
    """The value of a setting as people read it."""
    match value:
        case bool():
            return yes_no(value)
        case timedelta():
            return days(value)
        case Enum():
            return str(_CHOICES.get(value, value.value))
        case tuple() if setting in {"subject", "alternative"}:
            return ", ".join(f"{field}={pattern}" for field, pattern in value) or "—"
        case tuple() if setting in _ATTRIBUTES:
            return ", ".join(map(attribute_name, value)) or "—"
        case frozenset():
            return _several(setting, value)
        case tuple():
            return ", ".join(map(str, value)) or _("any")
        case int():
            return _number(setting, value)
        case _:
            return str(value)


def _number(setting: str, value: int) -> str:
    if setting == "task_days":
        return days(timedelta(days=value))
    return _("as many as needed") if setting == "per_person" and not value else str(value)


def _several(setting: str, value: frozenset[Any]) -> str:
    if setting == "checks":
        return ", ".join(str(SERVICES[one]) for one in ASKABLE if one in value) or _("those of the policy")
    return ", ".join(str(AUDIENCES[one]) for one in Audience if one in value) or _("to nobody")


def offered_name(ca: str, offered: OfferedTemplate) -> str:
    """A template of an authority, with what it is for and how long its certificates live."""
    purpose, life = purpose_name(offered.purpose), days(offered.validity)
    return _("%(ca)s: %(name)s — %(purpose)s, valid %(life)s", ca=ca, name=offered.name, purpose=purpose, life=life)


def unknown_offer(ca: str, name: str, purpose: Purpose) -> str:
    """A template nobody can say anything of now."""
    return _("%(ca)s: %(name)s — %(purpose)s", ca=ca, name=name or "—", purpose=purpose_name(purpose))


def offered_template(key: TemplateKey) -> str:
    """The authority and its template a policy's template is issued from."""
    return unknown_offer(key.ca, key.ca_template, key.purpose)


def change_sentence(change: PolicyChange) -> str:
    """One difference as a sentence: what, from what, to what."""
    whole = _WHOLE.get((change.setting, change.kind))
    if whole is not None:
        return whole(change)
    before, after = (setting_value(change.setting, value) for value in (change.before, change.after))
    name = setting_name(change.section, change.setting)
    if change.subject:
        name = _("“%(subject)s”, %(setting)s", subject=change.subject, setting=_small(name))
    return f"{name}: {before} → {after}"


def problem_sentence(problem: PolicyProblem) -> str:
    """What is left to mend, and where."""
    where = section_name(problem.section)
    if problem.subject:
        where = _("%(section)s, “%(subject)s”", section=where, subject=problem.subject)
    return f"{where}: {_small(field_message(problem.code))}"


def template_summary(template: CertificateTemplate) -> str:
    """What a template is, in a line."""
    words = [purpose_name(template.key.purpose), ALGORITHMS[template.algorithm]]
    words += [_("optional")] if template.optional else []
    words += [_("qualified")] if template.qualified else []
    return ", ".join(words)


def common_summary(common: CommonCertificate) -> str:
    """What a common certificate is, in a line."""
    how = _("optional") if common.optional else _("to every device")
    return _("version %(number)s, %(how)s", number=common.version, how=how)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def _template_added(change: PolicyChange) -> str:
    template: CertificateTemplate = change.after
    return _("Template “%(name)s” added: %(what)s", name=template.name, what=template_summary(template))


def _template_removed(change: PolicyChange) -> str:
    if change.before.revoke_on_removal:
        text = _("Template “%(name)s” removed: its certificates are deleted and revoked", name=change.subject)
    else:
        text = _("Template “%(name)s” removed: its certificates are deleted", name=change.subject)
    return text


def _common_added(change: PolicyChange) -> str:
    common: CommonCertificate = change.after
    return _("Common certificate “%(name)s” added: %(what)s", name=common.name, what=common_summary(common))


def _common_removed(change: PolicyChange) -> str:
    return _("Common certificate “%(name)s” removed", name=change.subject)


_WHOLE: Final[dict[tuple[str, ChangeKind], Callable[[PolicyChange], str]]] = {
    ("template", ChangeKind.ADDED): _template_added,
    ("template", ChangeKind.REMOVED): _template_removed,
    ("common", ChangeKind.ADDED): _common_added,
    ("common", ChangeKind.REMOVED): _common_removed,
}

_GLYPHS: Final = {ChangeKind.ADDED: "issue", ChangeKind.REMOVED: "delete", ChangeKind.CHANGED: "update"}


def change_glyph(kind: ChangeKind) -> str:
    """How a change looks in the list of differences."""
    return _GLYPHS[kind]


#: What templates may ask of this module.
FILTERS: Final = {"change_sentence": change_sentence, "change_glyph": change_glyph}


def by_section(changes: tuple[PolicyChange, ...]) -> tuple[tuple[str, tuple[PolicyChange, ...]], ...]:
    """The differences under the names of their sections."""
    groups = {section: tuple(one for one in changes if one.section is section) for section in PolicySection}
    return tuple((section_name(section), found) for section, found in groups.items() if found)

"""The editor of a certificate template as its page shows it, with the preview on a chosen person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flask import url_for

from portal.domain.attributes import KNOWN_ATTRIBUTES
from portal.domain.errors import InvalidInput
from portal.domain.people import Person
from portal.domain.policy import SubjectRecipe
from portal.domain.policy_sections import PolicySection
from portal.domain.policy_template_check import ALTERNATIVE_FIELDS, SUBJECT_FIELDS, named_attributes
from portal.domain.recipe import Pairs, fill
from portal.web.policy_loading import OpenedDraft
from portal.web.template_forms import GROUPS, RecipeRow, TemplateForm, rows_of
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.dates import dated
from portal.web.words.errors import Said, field_message
from portal.web.words.names import attribute_name
from portal.web.words.policy_settings import setting_help, setting_name

_FIELDS: Final = {"subject": SUBJECT_FIELDS, "alternative": ALTERNATIVE_FIELDS}

PARTS: Final = {
    "CN": _l("CN — common name"),
    "SN": _l("SN — surname"),
    "GN": _l("GN — given name"),
    "T": _l("T — job title"),
    "OU": _l("OU — department"),
    "O": _l("O — organisation"),
    "L": _l("L — locality"),
    "ST": _l("ST — region"),
    "STREET": _l("STREET — address"),
    "C": _l("C — country"),
    "emailAddress": _l("E — e-mail"),
    "email": _l("e-mail address"),
    "upn": _l("UPN, for signing in to the domain"),
    "dns": _l("DNS name"),
}


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows of the subject or of the alternative names, with the parts to choose from."""

    name: str
    title: str
    help: str
    error: str
    rows: tuple[RecipeRow, ...]
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come out for this person; ``missing`` are attributes the rows name and he lacks."""

    person: str
    subject: tuple[tuple[str, str], ...] = ()
    alternative: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateEditor:
    """The page of the editor."""

    form: TemplateForm
    title: str
    action: str
    preview_href: str
    back_href: str
    groups: tuple[RowGroup, ...]
    attributes: tuple[tuple[str, str], ...]
    helps: Mapping[str, str]
    preview: Preview
    person: str
    revision: int
    was: str = ""
    conflict: Said | None = None
    silent: tuple[str, ...] = field(default=())
    as_of: tuple[tuple[str, str], ...] = field(default=())


def template_editor(draft: OpenedDraft, form: TemplateForm, index: int | None, **parts: Any) -> TemplateEditor:
    """The editor for a template of the draft, or for a new one (no index)."""
    here: dict[str, Any] = {"draft_id": draft.row.id}
    action = (
        url_for("admin.add_template", **here) if index is None else url_for("admin.edit_template", **here, index=index)
    )
    back = url_for("admin.edit_section", **here, section=PolicySection.TEMPLATES.value)
    return TemplateEditor(
        form=form,
        title=_("New template") if index is None else form.name.data or _("Template"),
        action=action,
        preview_href=url_for("admin.preview_template", **here),
        back_href=back,
        attributes=tuple((f"{{{name}}}", attribute_name(name)) for name in draft.offers.attributes),
        helps=_helps(),
        silent=tuple(sorted(draft.offers.silent)),
        as_of=tuple((name, dated(at)) for name, at in sorted(draft.offers.as_of.items())),
        **parts,
    )


def row_groups(subject: Pairs, alternative: Pairs, faults: Mapping[str, str]) -> tuple[RowGroup, ...]:
    """Both groups of rows with what is wrong in them."""
    pairs = dict(zip(GROUPS, (subject, alternative), strict=True))
    return tuple(_group(name, pairs[name], faults) for name in GROUPS)


def preview_of(recipe: SubjectRecipe, person: Person | None) -> Preview:
    """The names of this person's certificate."""
    if person is None:
        return Preview("", trouble=_("Nobody was found: type the beginning of a surname or a login."))
    name = person.attribute("cn") or person.attribute("login")
    patterns = [pattern for _part, pattern in recipe.subject + recipe.alternative]
    named = dict.fromkeys(one for pattern in patterns for one in named_attributes(pattern))
    strange = ", ".join(one for one in named if one not in KNOWN_ATTRIBUTES)
    if strange:
        return Preview(name, trouble=_("No person has such an attribute: %(names)s", names=strange))
    lacking = tuple(attribute_name(one) for one in named if not person.attribute(one).strip())
    try:
        subject, alternative = fill(recipe, person)
    except InvalidInput:
        return Preview(name, missing=lacking, trouble=_("No certificate could be issued: the subject comes out empty."))
    return Preview(name, subject, alternative, lacking)


def _group(name: str, pairs: Pairs, faults: Mapping[str, str]) -> RowGroup:
    section, code = PolicySection.TEMPLATES, faults.get(name, "")
    parts = tuple((part, str(PARTS.get(part, part))) for part in _FIELDS[name])
    return RowGroup(
        name=name,
        title=setting_name(section, name),
        help=setting_help(section, name),
        error=field_message(code) if code else "",
        rows=rows_of(pairs, name, faults),
        parts=parts,
    )


def _helps() -> dict[str, str]:
    named = {"renewal_days": "renewal_window", "tracked": "tracked_attributes"}
    names = (*TemplateForm.PLAIN, *named)
    return {name: setting_help(PolicySection.TEMPLATES, named.get(name, name)) for name in names}

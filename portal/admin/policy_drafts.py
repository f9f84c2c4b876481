"""Drafts of policies: what is changed, the forms of the sections, common certificates, and giving a draft up."""

from typing import Any

from flask import Response, flash, request, url_for

from portal.admin.blueprint import bp
from portal.db.queries.policy_pages import newest_commons
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.permissions import Permission
from portal.domain.policy import CommonCertificate
from portal.domain.policy_sections import PolicySection
from portal.services.policy_drafts import Editing
from portal.web.access import requires
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.pages import page_or_fragment, see_other
from portal.web.policy_forms import FORMS, DevicesForm
from portal.web.policy_loading import (
    OpenedDraft,
    draft_of,
    editing,
    opened,
    revision_shown,
    section_of,
    still_typed,
)
from portal.web.policy_section_form import SectionForm
from portal.web.translate import gettext as _
from portal.web.views_policy_cards import section_cards, section_href, unconnected
from portal.web.views_policy_draft import (
    common_lines,
    draft_differences,
    draft_frame,
    form_lines,
    section_title,
    template_lines,
)
from portal.web.words.errors import Said


@bp.get("/policies/drafts/<int:draft_id>")
@requires(Permission.POLICIES_EDIT)
def show_draft(draft_id: int) -> Response:
    """What the draft changes and what is left to mend; a published one leads to its policy."""
    draft = opened(draft_id)
    frame = draft_frame(draft.row, draft.base, draft.problems, None)
    more: dict[str, Any] = {
        "cards": section_cards(draft.row.body, draft.row.id),
        "found": draft_differences(draft.row, draft.base),
    }
    return page_or_fragment("admin/policies/draft.html", "admin/policies/_draft.html", frame=frame, **more)


@bp.get("/policies/drafts/<int:draft_id>/sections/<section>")
@requires(Permission.POLICIES_EDIT)
def edit_section(draft_id: int, section: str) -> Response:
    """The form of a section, as the draft says now."""
    wanted, draft = section_of(section), opened(draft_id)
    if wanted not in FORMS:
        return _list_page(draft, wanted)
    form = FORMS[wanted]()
    form.read(draft.row.body, draft.offers)
    return _form_page(draft, form)


@bp.post("/policies/drafts/<int:draft_id>/sections/<section>")
@requires(Permission.POLICIES_EDIT)
def save_section(draft_id: int, section: str) -> Response:
    """Save a section; what cannot be used comes back with everything that was typed."""
    wanted, who = section_of(section), editing(draft_id)
    if wanted is PolicySection.COMMONS:
        portal().policy_drafts.save(who, wanted, commons=_chosen_commons())
    elif wanted in FORMS:
        refused = _save_form(opened(draft_id), who, FORMS[wanted]())
        if refused is not None:
            return refused
    flash(_("Saved in the draft"), "fine")
    return see_other(section_href(who.draft, wanted))


def _save_form(draft: OpenedDraft, who: Editing, form: SectionForm) -> Response | None:
    if isinstance(form, DevicesForm):
        form.offer(draft.row.body, draft.offers)
    try:
        if not form.validate():
            return _form_page(draft, form, status=422)
        portal().policy_drafts.save(who, form.section, **form.values())
    except InvalidInput as error:
        show_errors(form, error)
        return _form_page(draft, form, status=422)
    except Conflict as error:
        return _form_page(opened(draft.row.id), form, status=409, conflict=still_typed(error))
    return None


@bp.post("/policies/drafts/<int:draft_id>/discard")
@requires(Permission.POLICIES_EDIT)
def discard_draft(draft_id: int) -> Response:
    """Give the draft up; what is published stays."""
    row = draft_of(draft_id)
    portal().policy_drafts.discard(editing(draft_id))
    flash(_("The draft is discarded; nothing else was changed"), "fine")
    known = row.policy is not None
    return see_other(url_for("admin.show_policy", policy_id=row.policy) if known else url_for("admin.policies"))


@bp.post("/policies/drafts/<int:draft_id>/newer-version")
@requires(Permission.POLICIES_EDIT)
def carry_draft_over(draft_id: int) -> Response:
    """Put the draft's changes on top of the version somebody published meanwhile."""
    portal().policy_drafts.carry_over(editing(draft_id))
    flash(_("The draft is now based on the newest version: your changes are kept"), "fine")
    return see_other(url_for("admin.show_draft", draft_id=draft_id))


def _chosen_commons() -> tuple[CommonCertificate, ...]:
    """The chosen certificates in their newest versions."""
    hows = dict(zip(request.form.getlist("common"), request.form.getlist("how"), strict=False))
    newest = portal().policy_offers.gather().commons
    return tuple(
        CommonCertificate(one.name, one.version, one.fingerprint, optional=hows[one.name] == "optional")
        for one in newest
        if hows.get(one.name) in {"required", "optional"}
    )


def _form_page(draft: OpenedDraft, form: SectionForm, *, status: int = 200, conflict: Said | None = None) -> Response:
    frame = draft_frame(draft.row, draft.base, draft.problems, form.section)
    view: dict[str, Any] = {
        "frame": frame,
        "form": form,
        "groups": form_lines(form),
        "titles": section_title(form.section),
        "revision": revision_shown(draft, conflict),
        "conflict": conflict,
        **unconnected(draft.row.body, portal().registers.configured()),
    }
    return page_or_fragment("admin/policies/section.html", "admin/policies/_section.html", status=status, **view)


def _list_page(draft: OpenedDraft, section: PolicySection) -> Response:
    frame = draft_frame(draft.row, draft.base, draft.problems, section)
    view: dict[str, Any] = {"frame": frame, "titles": section_title(section)}
    if section is PolicySection.TEMPLATES:
        page, fragment = "admin/policies/templates.html", "admin/policies/_templates.html"
        return page_or_fragment(page, fragment, templates=template_lines(draft.row, draft.problems), **view)
    with portal().database.read() as connection:
        commons = newest_commons(connection)
    page, fragment = "admin/policies/commons.html", "admin/policies/_commons.html"
    return page_or_fragment(page, fragment, commons=common_lines(draft.row, commons), **view)

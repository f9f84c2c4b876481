"""Certificate templates of a draft: the editor with its rows and preview, their order, taking one out."""

from typing import Any

from flask import Response, flash, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.permissions import Permission
from portal.domain.policy import CertificateTemplate, SubjectRecipe
from portal.domain.policy_sections import PolicySection
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.pages import page_or_fragment, see_other
from portal.web.policy_loading import OpenedDraft, editing, opened, revision_shown, still_typed
from portal.web.template_forms import DEFAULT_WINDOW, TemplateForm, filled, typed_rows
from portal.web.template_rows import an_example, rows_after
from portal.web.translate import gettext as _
from portal.web.views_policy_cards import section_href
from portal.web.views_policy_draft import draft_frame
from portal.web.views_policy_template import Preview, preview_of, row_groups, template_editor
from portal.web.words.errors import Said


@bp.get("/policies/drafts/<int:draft_id>/templates/new")
@requires(Permission.POLICIES_EDIT)
def new_template(draft_id: int) -> Response:
    """The editor for one template more."""
    draft, form = opened(draft_id), TemplateForm()
    form.renewal_days.data = DEFAULT_WINDOW.days
    form.tracked.data = ["cn"]  # what its names are made of
    return _editor(draft, form, None, SubjectRecipe((("CN", "{cn}"),)))


@bp.post("/policies/drafts/<int:draft_id>/templates/new")
@requires(Permission.POLICIES_EDIT)
def add_template(draft_id: int) -> Response:
    """Add the template, or a row to the form."""
    return _save(draft_id, None)


@bp.get("/policies/drafts/<int:draft_id>/templates/<int:index>")
@requires(Permission.POLICIES_EDIT)
def show_template(draft_id: int, index: int) -> Response:
    """The editor, as the draft says now."""
    draft, form = opened(draft_id), TemplateForm()
    template = _template(draft, index)
    form.show(template)
    return _editor(draft, form, index, template.recipe)


@bp.post("/policies/drafts/<int:draft_id>/templates/<int:index>")
@requires(Permission.POLICIES_EDIT)
def edit_template(draft_id: int, index: int) -> Response:
    """Save the template, or add a row to the form."""
    return _save(draft_id, index)


@bp.post("/policies/drafts/<int:draft_id>/templates/preview")
@requires(Permission.POLICIES_EDIT)
def preview_template(draft_id: int) -> Response:
    """What the rows of the form would make of a person."""
    draft = opened(draft_id)
    page, fragment = "admin/policies/preview.html", "admin/policies/_preview.html"
    frame = draft_frame(draft.row, draft.base, draft.problems, PolicySection.TEMPLATES)
    return page_or_fragment(page, fragment, frame=frame, preview=_preview(_typed()))


@bp.post("/policies/drafts/<int:draft_id>/templates/<int:index>/move")
@requires(Permission.POLICIES_EDIT)
def move_template(draft_id: int, index: int) -> Response:
    """Put the template one place up or down."""
    by = -1 if request.form.get("way") == "up" else 1
    portal().policy_drafts.move_template(editing(draft_id), index, by)
    return see_other(url_for("admin.edit_section", draft_id=draft_id, section=PolicySection.TEMPLATES.value))


@bp.post("/policies/drafts/<int:draft_id>/templates/<int:index>/removal")
@requires(Permission.POLICIES_EDIT)
def remove_template(draft_id: int, index: int) -> Response:
    """Take the template out of the draft."""
    name = _template(opened(draft_id), index).name
    portal().policy_drafts.remove_template(editing(draft_id), index)
    flash(_("“%(name)s” is taken out of the draft", name=name), "fine")
    return see_other(url_for("admin.edit_section", draft_id=draft_id, section=PolicySection.TEMPLATES.value))


def _template(draft: OpenedDraft, index: int) -> CertificateTemplate:
    if index >= len(draft.row.body.templates):
        raise NotFound("template", index=str(index))
    return draft.row.body.templates[index]


def _named(draft: OpenedDraft, index: int | None) -> str:
    templates = draft.row.body.templates
    return "" if index is None or index >= len(templates) else templates[index].name


def _save(draft_id: int, index: int | None) -> Response:
    who, draft, form = editing(draft_id), opened(draft_id), TemplateForm()
    order = request.form.get("do", "save")
    if order != "save":
        return _editor(draft, form, index, rows_after(order, _typed()))
    recipe = SubjectRecipe(filled(_typed().subject), filled(_typed().alternative))
    try:
        if not form.validate():
            return _editor(draft, form, index, recipe, refused=InvalidInput({}))
        portal().policy_drafts.save_template(who, form.template(recipe.subject, recipe.alternative), index)
    except InvalidInput as error:
        return _editor(draft, form, index, recipe, refused=error)
    except Conflict as error:
        now = opened(draft_id)
        if index is not None and _named(now, index) != request.form.get("was"):
            raise  # another template stands in that place now
        return _editor(now, form, index, recipe, conflict=still_typed(error))
    flash(_("Saved in the draft"), "fine")
    return see_other(section_href(who.draft, PolicySection.TEMPLATES))


def _editor(
    draft: OpenedDraft,
    form: TemplateForm,
    index: int | None,
    recipe: SubjectRecipe,
    *,
    refused: InvalidInput | None = None,
    conflict: Said | None = None,
) -> Response:
    known = None if index is None or index >= len(draft.row.body.templates) else _template(draft, index).key
    form.offer(draft.offers, known)
    if refused is not None:
        form.blame(refused)
    faults = {} if refused is None else refused.fields
    groups = row_groups(recipe.subject, recipe.alternative, faults)
    parts: dict[str, Any] = {"groups": groups, "preview": _preview(recipe), "person": request.form.get("person", "")}
    parts |= {"revision": revision_shown(draft, conflict), "conflict": conflict}
    parts["was"] = request.form.get("was") or _named(draft, index)
    editor = template_editor(draft, form, index, **parts)
    frame = draft_frame(draft.row, draft.base, draft.problems, PolicySection.TEMPLATES)
    page, fragment = "admin/policies/template.html", "admin/policies/_template.html"
    return page_or_fragment(
        page, fragment, status=422 if refused else 409 if conflict else 200, frame=frame, editor=editor
    )


def _typed() -> SubjectRecipe:
    return SubjectRecipe(typed_rows(request.form, "subject"), typed_rows(request.form, "alternative"))


def _preview(recipe: SubjectRecipe) -> Preview:
    rows = SubjectRecipe(filled(recipe.subject), filled(recipe.alternative))
    if not current_user.may(Permission.PEOPLE_READ):
        return Preview("", trouble=_("You may not see people, so there is nobody to show it on."))
    return preview_of(rows, an_example(request.form.get("person", "").strip()[:200], reach()))

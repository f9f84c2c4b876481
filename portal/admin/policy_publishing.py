"""Publishing a draft: what changes, what that does to devices, and who was first when two people publish at once."""

from flask import Response, flash, render_template, request, url_for

from portal.admin.blueprint import bp
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.permissions import Permission
from portal.web.access import demand_permission, requires
from portal.web.current import portal
from portal.web.pages import page_or_fragment, see_other, wants_fragment
from portal.web.policy_loading import editing, opened, rights
from portal.web.translate import gettext as _
from portal.web.views_forecast import forecast_view
from portal.web.views_policy_draft import draft_differences, draft_frame
from portal.web.views_policy_publishing import overtaken
from portal.web.words.errors import field_message, of_error

FORECAST = "admin/policies/_forecast.html"


@bp.get("/policies/drafts/<int:draft_id>/publishing")
@requires(Permission.POLICIES_EDIT)
def preview_publishing(draft_id: int) -> Response:
    """What changes, before it does."""
    return _preview(draft_id)


@bp.post("/policies/drafts/<int:draft_id>/publishing")
@requires(Permission.POLICIES_PUBLISH)
def publish_policy(draft_id: int) -> Response:
    """Publish; somebody else's publication is never written over."""
    try:
        made = portal().policy_publishing.publish(editing(draft_id))
    except InvalidInput as error:
        return _preview(draft_id, error)
    except Conflict as error:
        return _overtaken(error)
    flash(_("“%(name)s”: version %(number)s is published", name=made.name, number=made.version), "fine")
    return see_other(url_for("admin.show_policy", policy_id=made.id))


@bp.get("/policies/drafts/<int:draft_id>/forecast")
@requires(Permission.POLICIES_EDIT)
def draft_forecast(draft_id: int) -> Response:
    """Which devices would become due, and why; asked for by the page, as it looks at every device of the policy."""
    demand_permission(Permission.DEVICES_READ)
    draft = opened(draft_id)
    view = forecast_view(draft.row, request.args.get("after") or None, 10 if wants_fragment() else 50)
    frame = draft_frame(draft.row, draft.base, draft.problems, None)
    return page_or_fragment("admin/policies/forecast.html", FORECAST, frame=frame, forecast=view)


def _preview(draft_id: int, refused: InvalidInput | None = None) -> Response:
    draft = opened(draft_id)
    frame = draft_frame(draft.row, draft.base, draft.problems, None)
    view = {"found": draft_differences(draft.row, draft.base), "may_publish": rights().publish}
    said = [field_message(code) for code in refused.fields.values()] if refused else []
    page, fragment = "admin/policies/publish.html", "admin/policies/_publish.html"
    return page_or_fragment(page, fragment, status=422 if refused else 200, frame=frame, said=said, **view)


def _overtaken(error: Conflict) -> Response:
    view = {"said": of_error(error), "conflict": overtaken(error.data)}
    return Response(render_template("admin/policies/overtaken.html", **view), 409)

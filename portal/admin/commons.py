"""Common certificates: the list, one of them, new ones, replacements, and their end."""

from functools import partial

from flask import Response, flash, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.commons import CommonCard, common_card, devices_left, key_of, list_commons
from portal.db.queries.paging import Page
from portal.db.queries.views import DeviceRow
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.permissions import Permission
from portal.services.common_certificates import LARGEST, PfxFile
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.forms_directory import number
from portal.web.forms_given import CommonForm
from portal.web.pages import page_or_fragment, see_other, wants_fragment
from portal.web.translate import gettext as _
from portal.web.uploads import takes_file
from portal.web.views_commons import common_lines, common_page
from portal.web.views_forecast import ForecastView, figures
from portal.web.words.errors import Said, of_error

#: More than the service takes, so that it can say what is wrong with a file that is too large.
ACCEPTED = 8 * LARGEST


@bp.get("/commons")
@requires(Permission.POLICIES_READ)
def commons() -> Response:
    """Every common certificate."""
    with portal().database.read() as connection:
        lines = common_lines(list_commons(connection, reach=reach()), portal().clock.now())
    view = {"lines": lines, "may_manage": current_user.may(Permission.COMMONS_MANAGE)}
    return page_or_fragment("admin/commons/list.html", "admin/commons/_list.html", **view)


@bp.get("/commons/new")
@requires(Permission.COMMONS_MANAGE)
def new_common() -> Response:
    """The form for a new one."""
    return _new(CommonForm())


@bp.post("/commons")
@requires(Permission.COMMONS_MANAGE)
@takes_file(ACCEPTED)
def add_common() -> Response:
    """Take the file in."""
    form = CommonForm()
    try:
        name = portal().common_certificates.add(form.name.data or "", PfxFile(*form.pfx()), actor=current_user.login)
    except InvalidInput as error:
        show_errors(form, error)
        return _new(form, 422)
    flash(_("“%(name)s” is kept sealed; choose it in policies now", name=name), "fine")
    return see_other(url_for("admin.show_common", common_id=key_of(name)))


@bp.get("/commons/<common_id>")
@requires(Permission.POLICIES_READ)
def show_common(common_id: str) -> Response:
    """Its versions, the policies that carry it, and the devices that lack it."""
    return _show(_card(common_id))


@bp.post("/commons/<common_id>/versions")
@requires(Permission.COMMONS_MANAGE)
@takes_file(ACCEPTED)
def replace_common(common_id: str) -> Response:
    """Take the next version in; no policy carries it before somebody says so."""
    card, form = _card(common_id), CommonForm()
    try:
        portal().common_certificates.replace(
            card.name, PfxFile(*form.pfx()), seen=number(form.version.data), actor=current_user.login
        )
    except InvalidInput as error:
        show_errors(form, error)
        return _show(card, form, 422)
    except Conflict as conflict:
        return _show(card, None, 409, conflict=of_error(conflict))
    flash(_("The new version is kept. Look at what it does, then put it into the policies."), "fine")
    return see_other(url_for("admin.show_common", common_id=common_id))


@bp.get("/commons/<common_id>/forecast")
@requires(Permission.COMMONS_MANAGE)
def common_forecast(common_id: str) -> Response:
    """What putting the newest version into the policies would do."""
    card = _card(common_id)
    view = _forecast(card)
    page = common_page(card, _left(card), portal().clock.now(), form=_form(card), forecast=view)
    return page_or_fragment("admin/commons/forecast.html", "admin/policies/_forecast.html", common=page, forecast=view)


@bp.post("/commons/<common_id>/use")
@requires(Permission.COMMONS_MANAGE)
def use_common(common_id: str) -> Response:
    """Put the newest version into every policy that carries it."""
    card = _card(common_id)
    seen = number(request.form.get("version"))
    try:
        portal().common_certificates.put_to_use(card.name, seen=seen, actor=current_user.login)
    except Conflict as conflict:
        return _show(card, None, 409, conflict=of_error(conflict))
    flash(_("The policies carry the new version; devices are looked at again within seconds"), "fine")
    return see_other(url_for("admin.show_common", common_id=common_id))


@bp.post("/commons/<common_id>/discard")
@requires(Permission.COMMONS_MANAGE)
def discard_common(common_id: str) -> Response:
    """Forget the newest version, which nothing uses yet."""
    card = _card(common_id)
    seen = number(request.form.get("version"))
    try:
        portal().common_certificates.discard(card.name, seen=seen, actor=current_user.login)
    except Conflict as conflict:
        return _show(card, None, 409, conflict=of_error(conflict))
    flash(_("Version %(number)s is forgotten", number=seen), "fine")
    return see_other(url_for("admin.show_common", common_id=common_id))


@bp.post("/commons/<common_id>/deletion")
@requires(Permission.COMMONS_MANAGE)
def remove_common(common_id: str) -> Response:
    """Forget it with all its versions; refused while anything needs it, and said by what."""
    card = _card(common_id)
    seen = number(request.form.get("version"))
    try:
        portal().common_certificates.remove(card.name, seen=seen, actor=current_user.login)
    except Conflict as conflict:
        return _show(card, None, 409, conflict=of_error(conflict))
    flash(_("“%(name)s” is removed", name=card.name), "fine")
    return see_other(url_for("admin.commons"))


def _card(common_id: str) -> CommonCard:
    with portal().database.read() as connection:
        return common_card(connection, common_id, reach=reach())


def _left(card: CommonCard) -> Page[DeviceRow]:
    with portal().database.read() as connection:
        return devices_left(connection, card, after=request.args.get("after") or None, reach=reach())


def _form(card: CommonCard) -> CommonForm | None:
    if not current_user.may(Permission.COMMONS_MANAGE):
        return None
    form = CommonForm(formdata=None)
    form.version.data = card.newest.version
    return form


def _forecast(card: CommonCard) -> ForecastView:
    more = partial(url_for, "admin.common_forecast", common_id=card.key)
    size = 10 if wants_fragment() else 50
    hypothesis = portal().common_certificates.if_put_to_use(card.name)
    return figures(hypothesis, request.args.get("after") or None, size, more=more)


def _new(form: CommonForm, status: int = 200) -> Response:
    return page_or_fragment("admin/commons/new.html", "admin/commons/_new.html", status=status, form=form)


def _show(
    card: CommonCard, form: CommonForm | None = None, status: int = 200, *, conflict: Said | None = None
) -> Response:
    view = common_page(card, _left(card), portal().clock.now(), form=form or _form(card), conflict=conflict)
    return page_or_fragment("admin/commons/show.html", "admin/commons/_card.html", status=status, common=view)

"""Policies taken out of use, brought back and deleted."""

from flask import Response, flash, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.domain.permissions import Permission
from portal.web.access import requires
from portal.web.current import portal
from portal.web.pages import see_other
from portal.web.policy_loading import policy_of
from portal.web.translate import gettext as _


@bp.post("/policies/<int:policy_id>/withdrawal")
@requires(Permission.POLICIES_PUBLISH)
def withdraw_policy(policy_id: int) -> Response:
    """Take the policy out of use; refused while it is given to anybody."""
    row = policy_of(policy_id)
    portal().policy_life.withdraw(row.id, actor=current_user.login)
    flash(_("“%(name)s” is withdrawn", name=row.name), "fine")
    return see_other(url_for("admin.show_policy", policy_id=policy_id))


@bp.post("/policies/<int:policy_id>/return")
@requires(Permission.POLICIES_PUBLISH)
def restore_policy(policy_id: int) -> Response:
    """Let the policy be given to people again."""
    row = policy_of(policy_id)
    portal().policy_life.restore(row.id, actor=current_user.login)
    flash(_("“%(name)s” may be assigned again", name=row.name), "fine")
    return see_other(url_for("admin.show_policy", policy_id=policy_id))


@bp.post("/policies/<int:policy_id>/deletion")
@requires(Permission.POLICIES_PUBLISH)
def delete_policy(policy_id: int) -> Response:
    """Delete a policy nothing ever needed."""
    row = policy_of(policy_id)
    portal().policy_life.delete(row.id, actor=current_user.login)
    flash(_("“%(name)s” is deleted", name=row.name), "fine")
    return see_other(url_for("admin.policies"))

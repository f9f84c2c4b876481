"""People go into a file."""

from typing import Final

from flask import Response, request
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.people_export import export_people
from portal.db.queries.units import narrowed
from portal.domain.attributes import KNOWN_ATTRIBUTES
from portal.domain.audit import AuditTag
from portal.domain.people_columns import OTHERS
from portal.domain.permissions import Permission
from portal.domain.person_data import IDENTITY
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.downloads import csv_download
from portal.web.views_import import title
from portal.web.views_people import people_filter

#: What identifies a person to the state stays here.
EXPORTED: Final = (*(name for name in KNOWN_ATTRIBUTES if name not in IDENTITY), *OTHERS)


@bp.get("/people/export")
@requires(Permission.PEOPLE_EXPORT)
def people_export() -> Response:
    """The people of the list as a file; sent while it is read."""
    wanted = people_filter()
    with portal().database.read() as connection:
        within = narrowed(connection, reach(), wanted.unit) if wanted.unit else reach()
    told = {"filter": request.query_string.decode()[:200], "columns": ", ".join(EXPORTED)[:200]}
    portal().audit.record(AuditTag.PEOPLE_EXPORTED, actor=current_user.login, subject="people:export", **told)
    rows = export_people(portal().database, wanted.text, active=wanted.active, reach=within)
    lines = ([row.get(name, "") for name in EXPORTED] for row in rows)
    return csv_download("people.csv", [title(name) for name in EXPORTED], lines)

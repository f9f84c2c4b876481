"""Files of people in every state their page can meet."""

from typing import Final

from sqlalchemy import update

from portal.bootstrap import Portal
from portal.db.models import PeopleImport
from portal.domain.import_state import ImportState

OWNER: Final = "admin"
HEADER: Final = "login;surname;given_name;title;unit\n"
NEW: Final = f"{HEADER}a.novikov;Новиков;Антон;Инженер;Ключ / Склад\n"
#: Somebody new, somebody known, somebody without a login.
MIXED: Final = f"{HEADER}i.belkin;Белкин;Иван;Инженер;Ключ / Склад\na.smirnova;;;Бухгалтер;\n;Безлогинов;Иван;;\n"


def files(portal: Portal) -> dict[str, str]:
    """The name of each in addresses, and the token it is found by."""
    found = {"upload_overtaken": _checked(portal, NEW), "upload_done": _checked(portal, NEW)}
    for name in ("upload_done", "upload_overtaken"):  # the second would add whom the first has added
        _taken_over(portal, found[name])
    found |= {name: _checked(portal, MIXED) for name in ("upload", "upload_running", "upload_failed")}
    _put(portal, found["upload_running"], state=ImportState.RUNNING, leave_out=True)
    _put(portal, found["upload_failed"], state=ImportState.FAILED, fault="import_broke")
    return found | {"upload_checking": portal.people_imports.keep(MIXED.encode(), "люди.csv", [], owner=OWNER)}


def _checked(portal: Portal, text: str) -> str:
    token = portal.people_imports.keep(text.encode(), "люди.csv", [], owner=OWNER)
    portal.people_import_work.carry(portal.people_imports.opened(token, owner=OWNER).id)
    return token


def _taken_over(portal: Portal, token: str) -> None:
    upload = portal.people_imports.opened(token, owner=OWNER)
    assert upload.preview
    portal.people_imports.confirm(upload, upload.preview.fingerprint)
    portal.people_import_work.carry(upload.id)


def _put(portal: Portal, token: str, **values: object) -> None:
    with portal.database.begin() as connection:
        connection.execute(update(PeopleImport).where(PeopleImport.token == token).values(values))

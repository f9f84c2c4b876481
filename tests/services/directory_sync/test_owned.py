"""What a directory outside tells is changed there, not here."""

import pytest
from sqlalchemy import select

from portal.connectors.vault_local import LocalVault
from portal.db.models import Group, Person
from portal.domain.directory_sync import SyncState
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.reach import EVERYTHING
from portal.services.directory import Directory, PersonWish
from portal.services.editors import Editor
from portal.services.groups import Groups
from portal.services.people_import import PeopleImports
from portal.services.people_import_work import PeopleImportWork
from tests.support.directories import Follower
from tests.support.imports import Called, Desk

ADMIN = Editor("admin", EVERYTHING)


def test_what_the_directory_tells_is_not_changed_here(here: Follower) -> None:
    here.source.group("VPN", "anna")
    here.sync()
    directory, groups = Directory(here.database, here.clock), Groups(here.database, here.clock)
    with here.database.read() as connection:
        row = connection.execute(select(Person.__table__).where(Person.login == "anna")).one()
        vpn = connection.execute(select(Group.id).where(Group.name == "VPN")).scalar_one()
    wish = PersonWish({**row.attributes, "phone": "5", "snils": "112-233-445 95"}, row.unit_id, [vpn])
    with pytest.raises(InvalidInput) as refused:
        directory.change(row.id, wish, version=row.version, by=ADMIN)
    assert refused.value.fields == {"phone": "owned_by_directory"}
    own = PersonWish({**row.attributes, "snils": "112-233-445 95"}, row.unit_id, [vpn])
    assert directory.change(row.id, own, version=row.version, by=ADMIN)
    for refused_change in (
        lambda: directory.set_active(row.id, active=False, by=ADMIN),
        lambda: directory.delete(row.id, by=ADMIN),
        lambda: groups.remove_member(vpn, row.id, by=ADMIN),
        lambda: groups.rename(vpn, "Другая", seen="VPN", by=ADMIN),
    ):
        with pytest.raises(Conflict, match="followed"):
            refused_change()
    here.retell(when_gone="nothing")
    del here.source.people["key-anna"]
    here.sync()
    directory.delete(row.id, by=ADMIN)
    assert here.sync().state is SyncState.DONE


def test_a_file_changes_nothing_of_theirs(here: Follower) -> None:
    here.sync()
    vault, called = LocalVault(b"k" * 32), Called()
    owner = PeopleImports(here.database, here.clock, vault, called, called)
    desk = Desk(owner, PeopleImportWork(here.database, here.clock, vault, called), called)
    upload = desk.looked("login;title;snils\nanna;Врач;112-233-445 95\n")
    assert upload.preview is not None
    assert [(fault.column, fault.code) for fault in upload.preview.faults] == [("title", "owned_by_directory")]

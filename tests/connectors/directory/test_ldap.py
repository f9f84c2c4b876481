"""OpenLDAP and Samba as they are: read whole and by what changed, tried, and asked for passwords."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import ldap
import pytest

from portal.connectors.directory.ldap import checked, opened
from portal.connectors.directory.ldap.opening import LdapDirectory
from portal.domain.errors import OutsideUnavailable
from portal.ports.connectors import TraceStep
from portal.ports.directory import DirectoryTrouble, GroupEntry, PasswordVerdict, PersonEntry
from tests.support.directory_servers import BASE, DirectoryServer, certificate

SALES = f"ou=Продажи,{BASE}"
LOGINS = ["anna", "boris", "darya", "egor", "gleb", "vera"]


def people(directory: LdapDirectory, cursor: str = "") -> tuple[list[PersonEntry], list[str], str]:
    reading = directory.read(cursor)
    pages = list(reading.pages)
    return [one for page in pages for one in page.people], [key for page in pages for key in page.gone], reading.cursor


def test_openldap_is_read_whole_and_by_what_changed(openldap: DirectoryServer) -> None:
    directory = opened(openldap.values(changes="modified"))
    everybody, _gone, cursor = people(directory)
    assert sorted(one.attributes["login"] for one in everybody) == LOGINS
    anna = next(one for one in everybody if one.attributes["login"] == "anna")
    assert (anna.place, anna.active) == (("Ключ", "a"), True)
    (group,) = [group for page in directory.groups() for group in page]
    assert anna.name in {name for names in directory.members(group) for name in names}
    openldap.replace(f"uid=vera,ou=a,ou=people,{BASE}", title="Врач")
    reading = directory.read(cursor)
    assert (reading.whole, reading.tells_gone) == (False, False)
    titles = {one.attributes["login"]: one.attributes.get("title") for page in reading.pages for one in page.people}
    assert titles["vera"] == "Врач"
    moved = openldap.move(f"uid=egor,ou=b,ou=people,{BASE}", "uid=egor.k", f"ou=a,ou=people,{BASE}")
    key = next(one.key for one in everybody if one.attributes["login"] == "egor")
    again = {one.key: one for one in people(directory)[0]}
    assert (again[key].attributes["login"], again[key].place) == ("egor.k", ("Ключ", "a"))
    assert again[key].name == moved.lower()
    directory.close()


def test_openldap_tells_what_changed_and_who_is_gone(openldap: DirectoryServer) -> None:
    directory = opened(openldap.values())
    everybody, _gone, first = people(directory)
    assert people(directory, first)[:2] == ([], [])
    keys = {one.attributes["login"]: one.key for one in everybody}
    told = {"objectClass": ["inetOrgPerson"], "cn": ["zoya"], "sn": ["Ли"], "givenName": ["zoya"]}
    openldap.add([(f"uid=zoya,ou=a,ou=people,{BASE}", told)])
    openldap.replace(f"uid=gleb,ou=b,ou=people,{BASE}", title="Врач")
    reading = directory.read(first)
    changed = [one.attributes["login"] for page in reading.pages for one in page.people]
    assert (reading.whole, sorted(changed)) == (False, ["gleb", "zoya"])
    openldap.delete(f"uid=zoya,ou=a,ou=people,{BASE}", f"uid=darya,ou=a,ou=people,{BASE}")
    reading = directory.read(reading.cursor)
    gone = {key for page in reading.pages for key in page.gone}
    assert reading.tells_gone
    assert keys["darya"] in gone
    later = reading.cursor.replace("csn=2", "csn=3")  # of a directory that was put back from a copy since
    for cursor in (later, '{"way": "syncrepl", "reached": "rid=000,csn=rubbish", "server": ""}'):
        assert directory.read(cursor).whole
    openldap.add([(f"uid=darya,ou=a,ou=people,{BASE}", told | {"cn": ["darya"], "givenName": ["darya"]})])
    directory.close()


@pytest.mark.parametrize("way", ["dirsync", "usn"])
def test_active_directory_tells_what_changed(active_directory: DirectoryServer, way: str) -> None:
    directory = opened(active_directory.values(changes=way))
    everybody, _gone, cursor = people(directory)
    by_login = {one.attributes["login"]: one for one in everybody}
    assert by_login["anna"].place == ("Ключ", "Продажи")
    before = {group.title: group.mark for page in directory.groups() for group in page}
    active_directory.move(f"cn=gleb,{SALES}", "cn=gleb k", f"cn=users,{BASE}")
    active_directory.replace(f"cn=vera,{SALES}", userAccountControl="514")
    active_directory.members(f"cn=VPN,{SALES}", f"cn=darya,{SALES}")
    active_directory.delete(f"cn=egor,{SALES}")
    changed, gone, cursor = people(directory, cursor)
    told = {one.key: (one.attributes["login"], one.place[-1], one.active) for one in changed}
    assert told[by_login["gleb"].key] == ("gleb", "Users", True)
    assert told[by_login["vera"].key] == ("vera", "Продажи", False)
    assert (by_login["egor"].key in gone) is (way == "dirsync")
    assert by_login["egor"].key not in {key for page in directory.keys() for key in page}  # noqa: SIM118  no mapping
    (group,) = [group for page in directory.groups() for group in page]
    assert group.mark != before["VPN"]
    assert by_login["darya"].name in {name for names in directory.members(group) for name in names}
    assert people(directory, cursor)[0] == []
    directory.close()
    _as_before(active_directory)


def test_a_primary_group_of_active_directory_holds_its_people(active_directory: DirectoryServer) -> None:
    group, anna = f"cn=VPN,{SALES}", f"cn=anna,{SALES}"
    outer = {"objectClass": ["group"], "member": [group]}
    active_directory.add([(f"cn=outer,{SALES}", outer)])
    with active_directory.administrator() as connection:
        ((_name, found),) = connection.search_s(group, ldap.SCOPE_BASE, attrlist=["objectSid", "uSNChanged"])
    number = int.from_bytes(found["objectSid"][0][-4:], "little")
    active_directory.replace(anna, primaryGroupID=str(number))
    with active_directory.administrator() as connection:
        ((_name, now),) = connection.search_s(group, ldap.SCOPE_BASE, attrlist=["member", "uSNChanged"])
    assert [one.decode().partition(",")[0].lower() for one in now["member"]] == ["cn=boris"], "no member any more"
    assert now["uSNChanged"] != found["uSNChanged"], "so the group is read again"
    for nested, told in (("", {"vpn"}), ("y", {"anna", "boris"})):
        directory = opened(active_directory.values(nested=nested))
        groups = {one.title: one for page in directory.groups() for one in page}
        held = {title: _held(directory, one) for title, one in groups.items()}
        assert held == {"VPN": {"anna", "boris"}, "outer": told}
        directory.close()
    everybody = opened(active_directory.values(groups_filter="(|(cn=Domain Users)(cn=Users))"))
    held = {one.title: _held(everybody, one) for page in everybody.groups() for one in page}
    assert set(LOGINS) <= held["Domain Users"]
    assert not set(LOGINS) & held["Users"], "a group of the system is in no domain"
    everybody.close()
    active_directory.replace(anna, primaryGroupID="513")
    active_directory.delete(f"cn=outer,{SALES}")


def _held(directory: LdapDirectory, group: GroupEntry) -> set[str]:
    return {_first(name) for part in directory.members(group) for name in part}


def _first(name: str) -> str:
    return name.partition(",")[0].partition("=")[2]


def _as_before(server: DirectoryServer) -> None:
    server.move(f"cn=gleb k,cn=users,{BASE}", "cn=gleb", SALES)
    server.replace(f"cn=vera,{SALES}", userAccountControl="544")
    server.members(f"cn=VPN,{SALES}", f"cn=darya,{SALES}", add=False)
    told = {"objectClass": ["user"], "sAMAccountName": ["egor"], "sn": ["Ли"], "givenName": ["egor"]}
    server.add([(f"cn=egor,{SALES}", told | {"userAccountControl": ["544"]})])


def test_groups_hold_those_of_groups_within_them(openldap: DirectoryServer) -> None:
    groups = f"ou=groups,{BASE}"
    outer = {"objectClass": ["groupOfNames"], "cn": ["outer"], "member": [f"cn=VPN,{groups}", f"cn=outer,{groups}"]}
    unique = {
        "objectClass": ["groupOfUniqueNames"],
        "cn": ["unique"],
        "uniqueMember": [f"uid=gleb,ou=b,ou=people,{BASE}"],
    }
    posix = {"objectClass": ["posixGroup"], "cn": ["posix"], "gidNumber": ["7"], "memberUid": ["anna", "nobody*"]}
    openldap.add([(f"cn={one['cn'][0]},{groups}", one) for one in (outer, unique, posix)])
    told = {nested: _members(openldap, nested=nested) for nested in ("", "y")}
    assert told["y"] == {"outer": {"anna", "boris"}, "VPN": {"anna", "boris"}, "unique": {"gleb"}, "posix": {"anna"}}
    assert told[""] == {**told["y"], "outer": {"VPN", "outer"}}
    openldap.delete(*(f"cn={name},{groups}" for name in ("outer", "unique", "posix")))


def _members(server: DirectoryServer, *, nested: str) -> dict[str, set[str]]:
    """What each group holds, by the first part of the names."""
    directory = opened(server.values(nested=nested, groups_filter="(cn=*)"))
    found = [group for page in directory.groups() for group in page]
    assert all(group.mark for group in found) is not bool(nested)
    told = {group.title: {_own(name) for part in directory.members(group) for name in part} for group in found}
    directory.close()
    return told


def _own(name: str) -> str:
    part = _first(name)
    return "VPN" if part == "vpn" else part


def test_a_cursor_of_somebody_else_reads_everybody(active_directory: DirectoryServer) -> None:
    directory = opened(active_directory.values())
    for cursor in ("rubbish", '{"way": "usn", "reached": "1", "server": "another"}'):
        assert directory.read(cursor).whole
    directory.close()


def test_a_check_tells_each_step(openldap: DirectoryServer, active_directory: DirectoryServer) -> None:
    for server, way in ((openldap, "syncrepl"), (active_directory, "dirsync")):
        trace = checked(server.values())
        assert [line.what for line in trace if not line.ok] == []
        assert trace[-1].detail == way
    refused = checked(openldap.values(password="wrong"))[-1]
    assert (refused.what, refused.ok) == (TraceStep.SIGN_IN, False)
    assert "wrong" not in refused.detail
    assert checked(openldap.values(base_dn=f"ou=nowhere,{BASE}"))[-1].what is TraceStep.BASE
    assert checked(openldap.values(people_filter="(uid=nobody)"))[-1].what is TraceStep.PEOPLE
    assert checked(openldap.values(address="ldaps://127.0.0.1:1"))[-1].what is TraceStep.CONNECT


def test_start_tls_is_verified_too(active_directory: DirectoryServer) -> None:
    plain = active_directory.plain["address"].replace("ldaps:", "ldap:")
    assert all(line.ok for line in checked(active_directory.values(address=plain)))
    other = certificate(active_directory.folder / "etc")
    for address in (plain, active_directory.plain["address"]):
        with pytest.raises(OutsideUnavailable, match=DirectoryTrouble.UNTRUSTED.value):
            next(opened(active_directory.values(address=address, trusted=other)).keys())


def test_a_password_is_right_or_wrong_or_cannot_be_asked(openldap: DirectoryServer) -> None:
    directory = opened(openldap.values())
    key = next(one.key for one in people(directory)[0] if one.attributes["login"] == "boris")
    assert directory.check(key, "Employee-pass-7") is PasswordVerdict.RIGHT
    for wrong in ("employee-pass-7", "", "a" * 2000, "Employee-pass-7\0"):
        assert directory.check(key, wrong) is PasswordVerdict.WRONG
    assert directory.check("00000000-0000-0000-0000-000000000000", "Employee-pass-7") is PasswordVerdict.WRONG
    directory.close()
    away = opened(openldap.values(address="ldaps://127.0.0.1:1"))
    with pytest.raises(OutsideUnavailable, match=DirectoryTrouble.AWAY.value):
        away.check(key, "Employee-pass-7")


def test_a_referral_is_not_followed(openldap: DirectoryServer) -> None:
    entry = {"objectClass": ["referral", "extensibleObject"], "ref": [f"ldaps://127.0.0.1:1/ou=people,{BASE}"]}
    with openldap.administrator() as connection:
        cells = [(name, [cell.encode() for cell in found]) for name, found in {**entry, "ou": ["away"]}.items()]
        connection.add_s(f"ou=away,ou=people,{BASE}", cells)
    directory = opened(openldap.values())
    assert len(people(directory)[0]) == 6
    with pytest.raises(OutsideUnavailable, match=DirectoryTrouble.REFERRAL.value):
        next(opened(openldap.values(base_dn=f"ou=x,ou=away,ou=people,{BASE}")).keys())
    directory.close()


@contextmanager
def rubbish(size: int) -> Iterator[int]:
    """Somebody who says nothing that makes sense, much of it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)

        def talk() -> None:
            try:
                for _turn in range(3):
                    caller, _where = server.accept()
                    with caller:
                        caller.sendall(b"\x00rubbish" * (size // 8))
            except OSError:
                return

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield server.getsockname()[1]
    thread.join(60)


def test_rubbish_is_a_clear_error(openldap: DirectoryServer) -> None:
    with rubbish(10_000_000) as port:
        for scheme in ("ldaps", "ldap"):
            directory = opened(openldap.values(address=f"{scheme}://127.0.0.1:{port}", timeout="5"))
            with pytest.raises(OutsideUnavailable, match="directory_"):
                next(directory.keys())

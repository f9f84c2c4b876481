"""Real servers of directories, started once for the tests that need them."""

from collections.abc import Iterator

import pytest

from tests.support.directory_servers import BASE, DirectoryServer, samba, slapd


@pytest.fixture(scope="package")
def openldap() -> Iterator[DirectoryServer]:
    """Six people of two units, and a group of two."""
    names = ("anna", "boris", "vera", "gleb", "darya", "egor")
    units = "".join(f"dn: ou={unit},ou=people,{BASE}\nobjectClass: organizationalUnit\nou: {unit}\n\n" for unit in "ab")
    people = "".join(
        f"dn: uid={name},ou={'ab'[place % 2]},ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: {name}\n"
        f"cn: {name}\nsn: Ли\ngivenName: {name}\nuserPassword: Employee-pass-7\n\n"
        for place, name in enumerate(names)
    )
    group = (
        f"dn: cn=VPN,ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: VPN\n"
        f"member: uid=anna,ou=a,ou=people,{BASE}\nmember: uid=boris,ou=b,ou=people,{BASE}\n\n"
    )
    with slapd(units + people + group) as server:
        yield server


@pytest.fixture(scope="package")
def active_directory() -> Iterator[DirectoryServer]:
    """A domain with a unit of six people, and a group of two."""
    with samba() as server:
        here = f"ou=Продажи,{BASE}"
        server.add([(here, {"objectClass": ["organizationalUnit"]})])
        server.add(
            (
                f"cn={name},{here}",
                {"objectClass": ["user"], "sAMAccountName": [name], "sn": ["Ли"], "givenName": [name]}
                | {"userAccountControl": ["544"]},
            )
            for name in ("anna", "boris", "vera", "gleb", "darya", "egor")
        )
        members = [f"cn={name},{here}" for name in ("anna", "boris")]
        server.add([(f"cn=VPN,{here}", {"objectClass": ["group"], "member": members})])
        yield server

"""Directories of other makers for the tests: OpenLDAP and the Active Directory of Samba, on loopback only."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import ldap
import ldap.modlist
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.connectors.directory.ldap.wire import connected
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.connectors.ldap import ldap_settings
from portal.domain.errors import OutsideUnavailable
from portal.ports.connectors import ConnectorValues
from tests.support.ports import free_port
from tests.support.processes import RigError, start, temporary_folder

BASE: Final = "dc=kluch,dc=test"
PASSWORD: Final = "Directory-of-tests-1"
_SBIN: Final = "/usr/sbin:/usr/bin:/usr/lib/openldap:/sbin:/bin"
_TYPED: Final = {
    "unit": "Ключ",
    "changes": "auto",
    "every_minutes": "60",
    "when_disabled": "suspend",
    "when_gone": "suspend",
    "most_leaving": "10",
    "timeout": "60",
}

Entry = tuple[str, dict[str, list[str]]]


@dataclass(frozen=True)
class DirectoryServer:
    """A server that runs, and how it is reached."""

    folder: Path
    plain: dict[str, str]
    name: str
    #: The program dies, and comes back with what it kept; only of OpenLDAP.
    fall: Callable[[], None] = lambda: None
    rise: Callable[[], None] = lambda: None

    def values(self, **typed: str) -> ConnectorValues:
        """What a connector to it is told."""
        password = typed.pop("password", PASSWORD)
        return ConnectorValues(
            ConnectorKind.DIRECTORY_LDAP, self.name, {**_TYPED, **self.plain, **typed}, {"password": password}
        )

    @contextmanager
    def administrator(self) -> Iterator["ldap.ldapobject.LDAPObject"]:
        """A connection that may change everything."""
        settings = ldap_settings(self.values().all)
        connection = connected(settings)
        connection.simple_bind_s(settings.bind_dn, settings.password)
        try:
            yield connection
        finally:
            connection.unbind_s()

    def add(self, entries: Iterable[Entry]) -> None:
        """New entries."""
        with self.administrator() as connection:
            for name, values in entries:
                cells = {key: [cell.encode() for cell in found] for key, found in values.items()}
                connection.add_s(name, ldap.modlist.addModlist(cells))

    def replace(self, name: str, **values: str) -> None:
        """Other values of an entry; an empty one takes the attribute away."""
        changes = [(ldap.MOD_REPLACE, key, [value.encode()] if value else None) for key, value in values.items()]
        with self.administrator() as connection:
            connection.modify_s(name, changes)

    def members(self, group: str, *names: str, add: bool = True) -> None:
        """Somebody comes into a group, or leaves it."""
        kind = ldap.MOD_ADD if add else ldap.MOD_DELETE
        with self.administrator() as connection:
            connection.modify_s(group, [(kind, "member", [name.encode() for name in names])])

    def move(self, name: str, called: str, below: str) -> str:
        """Another name, perhaps in another unit; answers the whole of it."""
        with self.administrator() as connection:
            connection.rename_s(name, called, below)
        return f"{called},{below}"

    def delete(self, *names: str) -> None:
        """Take entries away."""
        with self.administrator() as connection:
            for name in names:
                connection.delete_s(name)


def certificate(folder: Path, address: str = "127.0.0.1") -> str:
    """A certificate the server shows and its key, in the folder; answers what has to be trusted."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _signed("Directories of tests", authority, authority, x509.BasicConstraints(ca=True, path_length=None))
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    form = serialization.PrivateFormat.TraditionalOpenSSL
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    (folder / "key.pem").chmod(0o600)
    (folder / "cert.pem").write_text(_signed(address, key, authority, names))
    return root


def _signed(
    subject: str, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey, said: x509.ExtensionType
) -> str:
    now, issuer = datetime.now(UTC), "Directories of tests"
    builder = x509.CertificateBuilder().subject_name(_called(subject)).issuer_name(_called(issuer))
    dated = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
    whole = dated.public_key(key.public_key()).serial_number(x509.random_serial_number())
    signed = whole.add_extension(said, critical=False).sign(by, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@contextmanager
def slapd(ldif: str = "") -> Iterator[DirectoryServer]:
    """OpenLDAP with two empty units, and what is given."""
    folder = temporary_folder("kly-slapd-")
    try:
        trusted, port = certificate(folder), free_port()
        (folder / "data").mkdir()
        configuration = folder / "slapd.conf"
        configuration.write_text(_slapd_configuration(folder))
        loaded = folder / "first.ldif"
        loaded.write_text(_FIRST + ldif)
        program = _program("slapd")
        subprocess.run([_program("slapadd"), "-q", "-f", configuration, "-l", loaded], check=True, capture_output=True)
        address = f"ldaps://127.0.0.1:{port}"
        listening = f"ldaps://127.0.0.1:{port}/"
        command: list[str | Path] = [program, "-d", "0", "-h", listening, "-f", configuration]
        servers = [start(command, folder / "log")]
        plain = {"address": address, "trusted": trusted, "bind_dn": f"cn=admin,{BASE}", "schema": "openldap"}
        places = {"base_dn": f"ou=people,{BASE}", "groups_base_dn": f"ou=groups,{BASE}"}

        def fall() -> None:
            servers[-1].stop()

        def rise() -> None:
            servers.append(start(command, folder / "log"))
            servers[-1].wait_until(lambda: _answers(here))

        here = DirectoryServer(folder, plain | places, "slapd", fall, rise)
        try:
            servers[-1].wait_until(lambda: _answers(here))
            yield here
        finally:
            servers[-1].stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def samba() -> Iterator[DirectoryServer]:
    """A domain of Active Directory as Samba makes it, on an address of loopback of its own: its ports are fixed."""
    folder, address = temporary_folder("kly-samba-"), _own_address()
    try:
        provisioned = subprocess.run(
            [
                *(_program("samba-tool"), "domain", "provision", f"--targetdir={folder}", "--realm=KLUCH.TEST"),
                *("--domain=KLUCH", "--server-role=dc", "--dns-backend=NONE", "--host-name=dc1"),
                *(f"--adminpass={PASSWORD}", "--option=vfs objects=acl_xattr xattr_tdb"),
                *(f"--option=xattr_tdb:file={folder}/xattr.tdb", f"--option=posix:eadb={folder}/eadb.tdb"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if provisioned.returncode:
            raise RigError(f"Samba could not be provisioned, which takes root:\n{provisioned.stderr[-2000:]}")
        trusted = certificate(folder, address)
        configuration = folder / "etc" / "tests.conf"
        configuration.write_text(_samba_configuration(folder, address))
        program: list[str | Path] = [_program("samba"), "-F", "--no-process-group", "-s", configuration, "-M", "single"]
        server = start(program, folder / "log")
        where = {"address": f"ldaps://{address}", "trusted": trusted, "schema": "ad"}
        who = {"bind_dn": f"cn=administrator,cn=users,{BASE}", "base_dn": BASE}
        here = DirectoryServer(folder, where | who, "samba")
        try:
            server.wait_until(lambda: _answers(here))
            yield here
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _own_address() -> str:
    """Of the loopback network, as nobody else here has it: a process has one Samba at most."""
    number = os.getpid()
    return f"127.77.{number // 250 % 250 + 1}.{number % 250 + 1}"


def _samba_configuration(folder: Path, address: str) -> str:
    return f"""[global]
realm = KLUCH.TEST
workgroup = KLUCH
netbios name = DC1
server role = active directory domain controller
server services = ldap
interfaces = {address}/8
bind interfaces only = yes
private dir = {folder}/private
state directory = {folder}/state
cache directory = {folder}
lock directory = {folder}
pid directory = {folder}
ncalrpc dir = {folder}/ncalrpc
bind dns directory = {folder}/bind-dns
ntp signd socket directory = {folder}/ntp
log file = {folder}/samba.log
tls certfile = {folder}/cert.pem
tls keyfile = {folder}/key.pem
tls cafile =
vfs objects = acl_xattr xattr_tdb
xattr_tdb:file = {folder}/xattr.tdb
posix:eadb = {folder}/eadb.tdb
"""


def _answers(server: DirectoryServer) -> bool:
    try:
        with server.administrator():
            return True
    except (OutsideUnavailable, ldap.LDAPError):
        return False


def _program(name: str) -> str:
    place = shutil.which(name, path=_SBIN)
    if place is None:
        raise RigError(f"{name} is not installed: run bin/setup")
    return place


def _slapd_configuration(folder: Path) -> str:
    schemas = next(place for place in (Path("/etc/ldap/schema"), Path("/etc/openldap/schema")) if place.is_dir())
    modules = next((place for place in (Path("/usr/lib/ldap"), Path("/usr/lib64/openldap")) if place.is_dir()), None)
    included = "\n".join(f"include {schemas}/{name}.schema" for name in ("core", "cosine", "inetorgperson", "nis"))
    loaded = f"modulepath {modules}\nmoduleload back_mdb\nmoduleload syncprov\n" if modules else ""
    return f"""{included}
{loaded}pidfile {folder}/pid
TLSCertificateFile {folder}/cert.pem
TLSCertificateKeyFile {folder}/key.pem
sizelimit 1000
database mdb
maxsize 1073741824
suffix "{BASE}"
rootdn "cn=admin,{BASE}"
rootpw {PASSWORD}
directory {folder}/data
dbnosync
index objectClass,entryUUID,uid eq
index modifyTimestamp,entryCSN eq
overlay syncprov
syncprov-sessionlog 1000
"""


_FIRST: Final = f"""dn: {BASE}
objectClass: dcObject
objectClass: organization
o: Kluch
dc: kluch

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups

"""

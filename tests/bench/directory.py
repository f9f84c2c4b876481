"""A directory of other makers with very many people: read by the connector and taken over, against a bare reading.

Each figure is taken in a process of its own, so that its memory is nobody else's.
"""

import multiprocessing
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ldap
from ldap.controls import SimplePagedResultsControl

from portal.bootstrap import Portal, build
from portal.connectors.directory.ldap import opened
from portal.connectors.directory.ldap.wire import PAGE, connected
from portal.db import schema
from portal.domain.connectors.ldap import ldap_settings
from portal.domain.directory_sync import SyncEvent
from portal.domain.ids import ConnectorId
from portal.ports.connectors import ConnectorValues
from portal.services.connectors import ConnectorDraft
from portal.services.directory_sync import SyncWish
from portal.settings import PREFIX, Settings
from tests.bench.stand import Stand, stand
from tests.support.directory_servers import BASE, DirectoryServer, samba, slapd
from tests.support.processes import temporary_folder
from tests.support.servers import kept_postgres

_APART: Final = multiprocessing.get_context("spawn")
_SURNAMES: Final = ("Ли", "Ёлкина", "Щербакова", "Иванов", "Ким")
_UNITS: Final = 50
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many people there are, at whose server, into which databases, and how many change before the last reading."""

    people: int
    server: str
    backends: tuple[str, ...]
    changed: int


def run(wanted: Wanted) -> list[Row]:
    """All figures."""
    with _filled(wanted) as server:
        return list(_rows(wanted, server))


def _rows(wanted: Wanted, server: DirectoryServer) -> Iterator[Row]:
    about: Row = {"server": server.name}
    yield {**about, "what": "floor: a bare reading, page by page", **_apart(_bare, server.values())}
    yield {**about, "what": "read by the connector", **_apart(_read, server.values())}
    for backend in wanted.backends:
        with _place(backend) as place:
            env = {name: value for name, value in place.env.items() if name.startswith(PREFIX)}
            schema.upgrade(place.settings.database_url)
            number = _connected(place.portal(), server.values(changes="auto"))
            where = {**about, "database": backend}
            yield {**where, "what": "the first synchronization", **_apart(_synchronized, env, number, whole=True)}
            yield {**where, "what": "everybody again", **_apart(_synchronized, env, number, whole=True)}
            for one in range(wanted.changed):
                server.replace(_name(wanted, one), title=f"{backend} {one}")
            yield {**where, "what": "only who changed", **_apart(_synchronized, env, number, whole=False)}


def _apart(work: Callable[..., int], *told: Any, **how: Any) -> Row:
    mine, theirs = _APART.Pipe()
    process = _APART.Process(target=_measured, args=(theirs, work, told, how))
    process.start()
    theirs.close()
    row: Row = mine.recv()
    process.join()
    sys.stderr.write(".")
    sys.stderr.flush()
    return row


def _measured(pipe: Any, work: Callable[..., int], told: tuple[Any, ...], how: Mapping[str, Any]) -> None:
    before, used, started = _peak_mb(), time.process_time(), time.perf_counter()
    people = work(*told, **how)
    row = {"people": people, "seconds": round(time.perf_counter() - started, 2)}
    pipe.send(row | {"cpu_seconds": round(time.process_time() - used, 2), "mb": _peak_mb(), "mb_before": before})


def _peak_mb() -> int:
    """Of this program: what resource usage tells begins with whoever started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


def _bare(values: ConnectorValues) -> int:
    """What anybody would write: nothing is looked at."""
    settings = ldap_settings(values.all)
    connection, control, people = connected(settings), SimplePagedResultsControl(criticality=True, size=PAGE), 0
    control.cookie = ""
    connection.simple_bind_s(settings.bind_dn, settings.password)
    while True:
        asked = connection.search_ext(
            settings.base_dn, ldap.SCOPE_SUBTREE, settings.people_filter, serverctrls=[control]
        )
        _kind, found, _number, answered = connection.result3(asked)
        people += len(found)
        control.cookie = next((one.cookie for one in answered if isinstance(one, SimplePagedResultsControl)), b"")
        if not control.cookie:
            return people


def _read(values: ConnectorValues) -> int:
    directory = opened(values)
    return sum(len(page.people) for page in directory.read().pages)


def _connected(portal: Portal, values: ConnectorValues) -> ConnectorId:
    return portal.connectors.add(ConnectorDraft(values.kind, values.name, values.all), actor="bench")


def _synchronized(env: Mapping[str, str], number: ConnectorId, *, whole: bool) -> int:
    """As a worker does it; how many entries were read."""
    portal = build(Settings.from_env(env))
    order = portal.directory_syncs.order(number, SyncWish(whole=whole), actor="bench")
    portal.directory_sync_work.carry(order)
    seen = portal.directory_syncs.get(order)
    assert not seen.fault, (seen.fault, seen.detail)
    assert not seen.counts[SyncEvent.REFUSED]
    return seen.seen


@contextmanager
def _place(backend: str) -> Iterator[Stand]:
    with ExitStack() as stack:
        url = ""
        if backend == "postgresql":
            folder = temporary_folder("kly-bench-")
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            url = stack.enter_context(kept_postgres(folder)).lasting_database("directory")
        yield stack.enter_context(stand(database_url=url))


@contextmanager
def _filled(wanted: Wanted) -> Iterator[DirectoryServer]:
    if wanted.server == "openldap":
        with slapd(_ldif(wanted)) as server:
            yield server
        return
    with samba() as server:
        for unit in range(_UNITS):
            server.add([(f"ou=u{unit},{BASE}", {"objectClass": ["organizationalUnit"]})])
        server.add(
            (
                _name(wanted, one),
                {"objectClass": ["user"], "userAccountControl": ["544"], **_told(one, "sAMAccountName")},
            )
            for one in range(wanted.people)
        )
        yield server


def _ldif(wanted: Wanted) -> str:
    units = (
        f"dn: ou=u{unit},ou=people,{BASE}\nobjectClass: organizationalUnit\nou: u{unit}\n" for unit in range(_UNITS)
    )
    people = (
        f"dn: {_name(wanted, one)}\nobjectClass: inetOrgPerson\n"
        + "".join(f"{name}: {value}\n" for name, (value,) in _told(one, "uid").items())
        for one in range(wanted.people)
    )
    return "\n".join((*units, *people))


def _name(wanted: Wanted, one: int) -> str:
    unit = f"ou=u{one % _UNITS}"
    return f"uid=p{one},{unit},ou=people,{BASE}" if wanted.server == "openldap" else f"cn=p{one},{unit},{BASE}"


def _told(one: int, login: str) -> dict[str, list[str]]:
    told = {login: f"p{one}", "cn": f"p{one}", "sn": _SURNAMES[one % len(_SURNAMES)], "givenName": "Анна"}
    return {name: [value] for name, value in {**told, "mail": f"p{one}@key.example"}.items()}

"""One message of a directory that is larger than anything: given up, and the reason is told."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from jobs.memory import bounded
from portal.connectors.directory.ldap import opened
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.errors import OutsideUnavailable
from portal.ports.connectors import ConnectorValues
from portal.ports.directory import DirectoryTrouble
from tests.support.directory_servers import BASE, certificate

PATIENCE = 60.0
#: The beginning of an entry of a gigabyte.
HUGE = bytes.fromhex("3084400000000201036484") + b"\x3f\xff\xff\x00" + b"x" * 1000


def done(number: int, kind: int) -> bytes:
    """An answer that says yes and nothing else."""
    return bytes([0x30, 0x0C, 2, 1, number, kind, 7, 0x0A, 1, 0, 4, 0, 4, 0])


@pytest.fixture
def boaster(tmp_path: Path) -> Iterator[ConnectorValues]:
    """Lets one in, and answers the first question with more than anybody has."""
    trusted, over = certificate(tmp_path), threading.Event()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")

    def talk() -> None:
        with suppress(OSError):
            caller, _where = server.accept()
            with context.wrap_socket(caller, server_side=True) as line:
                for answer in (done(1, 0x65), done(2, 0x61), HUGE):
                    line.recv(4096)
                    line.sendall(answer)
                over.wait(PATIENCE)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        typed = {"address": f"ldaps://127.0.0.1:{server.getsockname()[1]}", "trusted": trusted, "schema": "openldap"}
        typed |= {"bind_dn": "cn=admin", "base_dn": BASE, "unit": "Ключ", "changes": "none", "every_minutes": "60"}
        typed |= {"when_disabled": "suspend", "when_gone": "suspend", "most_leaving": "10", "timeout": "60"}
        yield ConnectorValues(ConnectorKind.DIRECTORY_LDAP, "boaster", typed, {"password": "p"})
        over.set()
    thread.join(PATIENCE)


def test_it_is_given_up_at_once_and_the_reason_is_told(boaster: ConnectorValues) -> None:
    directory = opened(boaster)
    with bounded(256 << 20), pytest.raises(OutsideUnavailable) as refused:
        next(directory.keys())
    told = refused.value.data["detail"]
    assert (refused.value.code, told) == (DirectoryTrouble.RUBBISH, "a message larger than the memory there is for it")
    directory.close()

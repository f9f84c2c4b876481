"""The sample for nginx asks for the certificate on the token: a real nginx runs it, our authority issues them."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from portal.bootstrap import BUILTIN_CA
from portal.cli.main import main
from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.setup import create_authority
from portal.db.models import AuditEntry
from portal.domain.audit import AuditTag
from portal.domain.certificate import KeyAlgorithm, Revocation
from portal.domain.ids import ConnectorId
from tests.sign_in.conftest import Served
from tests.support.certificates import NAME, Held, a_way, become, written
from tests.support.foreign_pki import foreign_root, server_certificate
from tests.support.fronts import data_of
from tests.support.nginx import nginx
from tests.support.pki import CA_SUBJECT, a_key
from tests.support.ports import free_port
from tests.support.source_tree import ROOT
from tests.support.waiting import PATIENCE

SAMPLE = ROOT / "docs/deployment/nginx-sign-in.conf"


@dataclass(frozen=True, slots=True)
class Asking:
    """An nginx that asks for certificates before the portal."""

    served: Served
    port: int
    trusted: str
    connector: ConnectorId
    authority: BuiltinAuthority

    def client(self, held: Held | None = None) -> httpx.Client:
        """A browser with this certificate."""
        context = ssl.create_default_context(cadata=self.trusted)
        if held is not None:
            held.show_in(context)
        return httpx.Client(verify=context, timeout=PATIENCE, trust_env=False, base_url=self.served.address)

    def held(self) -> Held:
        """One more certificate of the same person."""
        return written(self.served.portal, self.authority, self.served.people["m.belyaeva"])


@pytest.fixture(scope="module")
def asking(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    folder, port, portal = tmp_path_factory.mktemp("nginx"), free_port(), served.portal
    root = foreign_root("TLS root")
    shown = server_certificate(root)
    (folder / "fullchain.pem").write_text(shown.pem)
    (folder / "key.pem").write_text(shown.key_pem)
    write_secret(served, folder)
    authority = create_authority(portal.ca_place, BUILTIN_CA, subject=CA_SUBJECT, algorithm=KeyAlgorithm.EC_P256)
    number = portal.connectors.add(a_way(f"https://127.0.0.1:{port}", root.pem), actor="admin")
    made = Asking(served, port, root.pem, number, authority)
    given = {"127.0.0.1:8080": urlsplit(served.address).netloc, "listen 9443": f"listen 127.0.0.1:{port}"}
    given |= {"/etc/klyuchnik/web": str(folder), "/etc/klyuchnik/front": str(folder), "rate=2r/s": "rate=100r/s"}
    with nginx(SAMPLE, given, folder, lambda: answers(made)):
        yield made
    portal.connectors.remove(number, actor="admin")


def write_secret(served: Served, folder: Path) -> None:
    settings = served.portal.settings
    done = CliRunner(env=data_of(settings.data_dir, settings.redis_url)).invoke(
        main, ["agents", "web-server-files", str(folder)], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output


def answers(asking: Asking) -> bool:
    try:
        with asking.client() as client:
            return client.get(f"https://127.0.0.1:{asking.port}/sign-in/certificate/ready").status_code == 204
    except httpx.TransportError:
        return False


def came(asking: Asking, client: httpx.Client, wanted: str = "/profile/", **headers: str) -> str:
    """Sign in as a browser does: where it leads, or why not."""
    there = client.get(f"/sign-in/with/{NAME}", params={"next": wanted}).headers["Location"]
    location = client.get(there, headers=headers).headers["Location"]
    assert location.startswith(asking.served.address)
    return parse_qs(urlsplit(location).query).get("why", [urlsplit(location).path])[0]


def test_the_holder_comes_in_with_his_token(asking: Asking) -> None:
    held = asking.held()
    with asking.client(held) as client:
        assert came(asking, client) == "/profile/"
        assert "Беляева Марина" in client.get("/profile/").text
    with asking.served.portal.database.read() as connection:
        query = select(AuditEntry.particulars).where(AuditEntry.tag == AuditTag.ACCOUNT_SIGNED_IN)
        [said] = [one for one in connection.execute(query).scalars() if one.get("serial") == held.serial]
    assert (said["address"], said["way"]) == ("127.0.0.1", "certificate")


def test_without_a_certificate_nobody_comes_in_whatever_he_says(asking: Asking) -> None:
    forged = {"X-Client-Certificate": quote(asking.held().pem), "X-Client-Address": "10.0.0.1"}
    with asking.client() as client:
        assert came(asking, client) == "no_certificate"
        assert came(asking, client, **forged) == "no_certificate"
        there = urlsplit(client.get(f"/sign-in/with/{NAME}").headers["Location"])
        direct = client.get(f"{there.path}?{there.query}", headers={**forged, "X-Front-Secret": "guessed"})
        assert "why=lost" in direct.headers["Location"]  # past nginx, whoever says so
        assert client.get("/profile/").status_code == 303


def test_a_revoked_one_is_told_so(asking: Asking) -> None:
    held = asking.held()
    become(asking.served.portal, held, revocation=Revocation.REVOKED)
    with asking.client(held) as client:
        assert came(asking, client) == "revoked_certificate"


@pytest.mark.parametrize("days", [1, -1], ids=["by-somebody-else", "long-over"])
def test_a_certificate_of_somebody_else_is_told_so(asking: Asking, days: int) -> None:
    key, now = a_key(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Беляева Марина")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    dated = builder.not_valid_before(now - timedelta(days=2)).not_valid_after(now + timedelta(days=days))
    pem = dated.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
    with asking.client(Held(pem, key, 0, 0, "")) as client:
        assert came(asking, client) == "unknown_certificate"


def test_its_check_finds_nothing_wrong(asking: Asking) -> None:
    trace = asking.served.portal.connector_trial.try_it(asking.connector, actor="admin")
    assert [(line.what, line.detail) for line in trace if not line.ok] == []


def test_nothing_else_is_behind_it(asking: Asking) -> None:
    with asking.client() as client:
        for path in ("/sign-in", "/admin/", "/agent/v1/trust", "/sign-in/certificate/../../sign-in"):
            assert client.get(f"https://127.0.0.1:{asking.port}{path}").status_code == 404

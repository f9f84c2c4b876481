"""Authorities of other people as those see them who work there; one line at the end for each."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portal.bootstrap import BUILTIN_CA
from portal.connectors.ca.builtin.tables import ORDERS, ApprovalState
from portal.connectors.clock import SystemClock
from portal.connectors.http import Server
from portal.ports.certificate_authority import RevocationOrder
from portal.ports.connectors import ConnectorValues
from tests.support.desk import Desk, a_desk
from tests.support.django_ca import UPDATING, DjangoCaPeer, django_ca_peer
from tests.support.est_peer import EstPeer, an_est_peer
from tests.support.foreign_pki import certified, foreign_root
from tests.support.pki import a_key, a_request, openssl, write_pem
from tests.support.scripted_https import Said, scripted_https
from tests.support.unhurried import patient

_CLOCK: Final = SystemClock()
LIAR: Final = foreign_root("Liar")


class Counterpart(Protocol):
    """What a test asks of each. ``unwelcome`` is a profile whose orders are refused, by a person or at once."""

    @property
    def profile(self) -> str: ...

    @property
    def unwelcome(self) -> str: ...

    def values(self, **other: str) -> ConnectorValues:
        """What people type, but for what a test types otherwise."""
        ...

    def asks_first(self) -> AbstractContextManager[None]:
        """Orders wait meanwhile, and are carried out afterwards."""
        ...

    def refuses(self) -> None:
        """Somebody says no to what waits."""
        ...

    def revokes(self, serial: str) -> None:
        """People do what is theirs, where the portal cannot tell the authority."""
        ...

    def cuts(self) -> bool:
        """The next order is carried out and its answer is lost; whether there is a line that can be cut."""
        ...

    def said_of(self, certificate: x509.Certificate, folder: Path) -> str:
        """What OpenSSL says by the authority's own chain, and by its list or its responder."""
        ...

    def issued_for(self, certificate: x509.Certificate) -> int:
        """How many certificates it ever issued for the key in this one."""
        ...

    def lying(self, folder: Path) -> AbstractContextManager[tuple[ConnectorValues, Callable[[], None]]]:
        """One of its kind that answers with a certificate for another key; where orders wait, after it is called."""
        ...


@dataclass(frozen=True)
class Judge:
    """django-ca: nobody works there, orders wait in its queue."""

    peer: DjangoCaPeer
    profile: str = UPDATING
    unwelcome: str = "unheard-of"

    def values(self, **other: str) -> ConnectorValues:
        return self.peer.values(**other)

    def asks_first(self) -> AbstractContextManager[None]:
        return self.peer.resting(UPDATING)

    def refuses(self) -> None:
        """It has done so."""

    def revokes(self, serial: str) -> None:
        """The portal does."""

    def cuts(self) -> bool:
        self.peer.cut_the_next_order(UPDATING)
        return True

    def said_of(self, certificate: x509.Certificate, folder: Path) -> str:
        write_leaf(certificate, folder, str(self.peer.note["trusted"]))
        asked = ("ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem")
        openssl(folder, *asked, "-no_nonce", "-reqout", "question.der")
        address = f"https://127.0.0.1:{self.peer.port}/ca/ocsp/{self.peer.note['serial']}/cert/"
        server = patient(Server(address, trust=str(self.peer.note["server_trusted"])))
        kind = {"Content-Type": "application/ocsp-request"}
        said = server.ask("POST", "", (folder / "question.der").read_bytes(), kind)
        (folder / "answer.der").write_bytes(said.body)
        told = openssl(folder, *asked, "-respin", "answer.der", "-CAfile", "ca.pem")
        assert "Response verify OK" in told, told
        return openssl(folder, "verify", "-CAfile", "ca.pem", "leaf.pem") + told

    def issued_for(self, certificate: x509.Certificate) -> int:
        talk = self.peer.connector(_CLOCK).talk
        listed = talk.server.ask("GET", f"/ca/{talk.ca}/certs/?revoked=true", limit=1 << 26)
        pems = (one["certificate"]["pem"].encode() for one in json.loads(listed.body))
        return same_keys(map(x509.load_pem_x509_certificate, pems), certificate)

    @contextmanager
    def lying(self, folder: Path) -> Iterator[tuple[ConnectorValues, Callable[[], None]]]:
        with scripted_https(_lying_judge) as script:
            typed = {"address": script.address, "trusted": LIAR.pem, "server_trusted": script.trust}
            yield self.values(**typed), _nothing


@dataclass(frozen=True)
class DeskWork:
    """People at a desk with OpenSSL, and two folders."""

    desk: Desk
    profile: str = "any"
    unwelcome: str = "odd"

    def values(self, **other: str) -> ConnectorValues:
        return self.desk.values(profiles="any\nodd", **other)

    @contextmanager
    def asks_first(self) -> Iterator[None]:
        yield
        self.desk.work()

    def refuses(self) -> None:
        for request in self.desk.out.glob("*.p10"):
            (self.desk.into / f"{request.stem}.txt").write_text("Нет доверенности")
            request.unlink()

    def revokes(self, serial: str) -> None:
        assert json.loads((self.desk.out / f"{serial}.revoke.json").read_text())["serial"] == serial
        self.desk.work()

    def cuts(self) -> bool:
        return False

    def said_of(self, certificate: x509.Certificate, folder: Path) -> str:
        write_leaf(certificate, folder, self.desk.openssl.trusted)
        self.desk.openssl.list_revoked(folder / "crl.pem")
        return verified(folder)

    def issued_for(self, certificate: x509.Certificate) -> int:
        made = (self.desk.openssl.folder).glob("1*.pem")
        return same_keys((x509.load_pem_x509_certificate(file.read_bytes()) for file in made), certificate)

    @contextmanager
    def lying(self, folder: Path) -> Iterator[tuple[ConnectorValues, Callable[[], None]]]:
        desk = DeskWork(a_desk(folder / "liar"))

        def lie() -> None:
            (put,) = desk.desk.out.glob("*.p10")
            put.write_bytes(a_request(a_key()))
            desk.desk.openssl.sign(put, desk.desk.into / f"{put.stem}.cer", subject="/CN=Another")

        yield desk.values(), lie


@dataclass(frozen=True)
class Neighbour:
    """Another portal whose authority is asked by EST."""

    peer: EstPeer
    profile: str = "vpn"
    unwelcome: str = "signature"

    def values(self, **other: str) -> ConnectorValues:
        return replace(self.peer.values, plain={**self.peer.values.plain, **other})

    @contextmanager
    def asks_first(self) -> Iterator[None]:
        self.peer.portal.ca_place.store.switch(BUILTIN_CA, self.profile, manual=True)
        yield
        self._decide(ApprovalState.APPROVED)
        self.peer.portal.ca_place.store.switch(BUILTIN_CA, self.profile, manual=False)

    def refuses(self) -> None:
        self._decide(ApprovalState.REFUSED)

    def revokes(self, serial: str) -> None:
        authority = self.peer.portal.authorities.get(BUILTIN_CA)
        assert authority is not None
        authority.revoke(RevocationOrder(f"by hand {serial}", serial))

    def cuts(self) -> bool:
        self.peer.line.cut_next_order = True
        return True

    def said_of(self, certificate: x509.Certificate, folder: Path) -> str:
        plain = self.peer.values.plain
        write_leaf(certificate, folder, plain["trusted"])
        listed = patient(Server(plain["revocations"], trust=plain["server_trusted"])).ask("GET")
        (folder / "crl.der").write_bytes(listed.body)
        openssl(folder, "crl", "-inform", "DER", "-in", "crl.der", "-out", "crl.pem")
        return verified(folder)

    def issued_for(self, certificate: x509.Certificate) -> int:
        with self.peer.portal.ca_place.store._engine.connect() as connection:
            ders = [row.certificate for row in connection.execute(ORDERS.select()) if row.certificate]
        return same_keys(map(x509.load_der_x509_certificate, ders), certificate)

    @contextmanager
    def lying(self, folder: Path) -> Iterator[tuple[ConnectorValues, Callable[[], None]]]:
        with scripted_https(lambda *_asked: Said(body=b64encode(_wrong()))) as script:
            typed = {"address": script.address, "trusted": LIAR.pem, "server_trusted": script.trust}
            yield self.values(**typed), _nothing

    def _decide(self, state: ApprovalState) -> None:
        store = self.peer.portal.ca_place.store
        for asked in store.open_requests(BUILTIN_CA):
            store.close_request(BUILTIN_CA, asked.order_id, state=state, comment="Нет доверенности")


def _nothing() -> None:
    """It has lied already."""


def _wrong() -> bytes:
    return certified(LIAR, a_key())


def _lying_judge(_method: str, path: str, _body: bytes) -> Said:
    """It knows nothing yet, and issues at once."""
    if "/certs/?" in path:
        return Said(body=b"[]")
    if "/profiles/" in path:
        profile = {"name": UPDATING, "expires": "P100DT00H00M00S", "extensions": {}, "autogenerated": False}
        return Said(body=json.dumps(profile).encode())
    if path.endswith("/sign/"):
        return Said(body=b'{"slug": "abc", "status": "pending"}')
    if "/certs/" not in path:
        return Said(body=b'{"serial": "1F", "status": "issued"}')
    pem = x509.load_der_x509_certificate(_wrong()).public_bytes(Encoding.PEM).decode()
    told = {"certificate": {"pem": pem}, "created": "", "revoked": False, "revoked_reason": ""}
    return Said(body=json.dumps(told).encode())


def write_leaf(certificate: x509.Certificate, folder: Path, trusted: str) -> None:
    write_pem(folder, "leaf.pem", certificate.public_bytes(Encoding.DER))
    (folder / "ca.pem").write_text(trusted)


def verified(folder: Path) -> str:
    """By the list that lies there."""
    return openssl(folder, "verify", "-CAfile", "ca.pem", "-CRLfile", "crl.pem", "-crl_check", "leaf.pem")


def same_keys(found: Iterator[x509.Certificate], certificate: x509.Certificate) -> int:
    return sum(one.public_key() == certificate.public_key() for one in found)


@contextmanager
def _judge(_folder: Path, run_folder: Path) -> Iterator[Counterpart]:
    yield Judge(django_ca_peer(run_folder))


@contextmanager
def _desk(folder: Path, _run_folder: Path) -> Iterator[Counterpart]:
    yield DeskWork(a_desk(folder / "desk"))


@contextmanager
def _neighbour(folder: Path, _run_folder: Path) -> Iterator[Counterpart]:
    with an_est_peer(folder, folder / "empty.db") as peer:
        peer.portal.ca_place.store.switch(BUILTIN_CA, "signature", manual=True)
        yield Neighbour(peer)


Made = Callable[[Path, Path], AbstractContextManager[Counterpart]]
#: How each comes to be, given a folder of its own and the one of the test run; connectors are called so, too.
COUNTERPARTS: Final[Mapping[str, Made]] = {"django-ca": _judge, "files": _desk, "est": _neighbour}

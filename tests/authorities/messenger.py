"""Another portal whose authority is asked by CMP, and OpenSSL's own server where somebody has to lie."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from portal.bootstrap import BUILTIN_CA
from portal.ports.connectors import ConnectorValues
from tests.authorities.counterparts import Counterpart, Neighbour
from tests.support.cmp_mock import REFERENCE, SECRET, openssl_server
from tests.support.cmp_peer import a_cmp_peer
from tests.support.databases import sqlite_template
from tests.support.est_peer import EstPeer, Line
from tests.support.foreign_pki import certified, foreign_root
from tests.support.native import Compiler
from tests.support.pki import a_key

LIAR = foreign_root("Liar")


@dataclass(frozen=True)
class Messenger(Neighbour):
    """It is told of revocations, and remembers its transactions: nothing is lost."""

    compiled: Path = Path()

    def revokes(self, serial: str) -> None:
        """The portal does."""

    @contextmanager
    def lying(self, folder: Path) -> Iterator[tuple[ConnectorValues, Callable[[], None]]]:
        with openssl_server(folder, Compiler(self.compiled), certified(LIAR, a_key())) as address:
            typed = {"address": address, "profile_in": "nowhere", "trusted": LIAR.pem, "reference": REFERENCE}
            yield replace(self.values(**typed), secrets={"secret": SECRET}), _nothing


def _nothing() -> None:
    """It has lied already."""


@contextmanager
def messenger(folder: Path, run_folder: Path) -> Iterator[Counterpart]:
    """The counterpart."""
    with a_cmp_peer(folder, sqlite_template(run_folder)) as peer:
        line = Line(peer.app.wsgi_app)
        peer.app.wsgi_app = line  # type: ignore[assignment, method-assign]
        peer.portal.ca_place.store.switch(BUILTIN_CA, "signature", manual=True)
        yield Messenger(EstPeer(peer.portal, peer.values, line), compiled=run_folder)

"""A Microsoft CA as the worker beside it sees it: the real worker between the folders and what Microsoft documents."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography import x509

from agent.ca_worker.authority import MicrosoftCa
from agent.ca_worker.journal import Journal
from agent.ca_worker.settings import Settings
from agent.ca_worker.worker import Worker
from portal.ports.connectors import ConnectorValues
from tests.authorities.counterparts import Counterpart, DeskWork
from tests.support.desk import Desk, a_desk
from tests.support.microsoft_ca import NAME, MicrosoftStand, Row
from tests.support.pki import a_key, a_request

TEMPLATES = ("KlyuchnikUser", "KlyuchnikOfficer")


class _Liar(MicrosoftStand):
    """It signs for another key than was asked for."""

    def _decide(self, row: Row, mood: str) -> None:
        self._request(row.number).write_bytes(a_request(a_key()))
        self.openssl.sign(self._request(row.number), self._made(row.number), subject="/CN=Another")
        row.disposition, row.message = "20 -- Выдан", f"Выдан ({mood})"


@dataclass(frozen=True)
class Windows(DeskWork):
    """The worker is started anew for each round, as the Task Scheduler may do."""

    stand: MicrosoftStand = field(kw_only=True)
    profile: str = TEMPLATES[0]
    unwelcome: str = TEMPLATES[1]

    def values(self, **other: str) -> ConnectorValues:
        return self.desk.values(**{"profiles": "\n".join(TEMPLATES), **other})

    @contextmanager
    def asks_first(self) -> Iterator[None]:
        self.stand.mood = "pending"
        yield
        while not self.round():
            """What was lost is looked for."""
        for number, row in enumerate(self.stand.rows, 1):
            if row.disposition.startswith("9 "):
                self.stand.decide(number, "issued")
        assert self.round()

    def refuses(self) -> None:
        self.stand.mood = "denied"
        assert self.round()

    def revokes(self, serial: str) -> None:
        assert json.loads((self.desk.out / f"{serial}.revoke.json").read_text())["serial"] == serial
        assert self.round()

    def cuts(self) -> bool:
        self.stand.lost = True
        return True

    def issued_for(self, certificate: x509.Certificate) -> int:
        """Each request of its database was handed in, whatever was decided about it."""
        orders = [row.attributes for row in self.stand.rows]
        assert len(orders) == len(set(orders)), "one order was handed in twice"
        return super().issued_for(certificate)

    @contextmanager
    def lying(self, folder: Path) -> Iterator[tuple[ConnectorValues, Callable[[], None]]]:
        desk = a_desk(folder / "liar")
        liar = replace(self, desk=desk, stand=_Liar(desk.openssl))

        def lie() -> None:
            assert liar.round()

        yield liar.values(), lie

    def round(self) -> bool:
        """One round of a worker that was just started; whether all went well."""
        state = self.desk.folder / "state"
        state.mkdir(exist_ok=True)
        settings = Settings(NAME, self.desk.out, self.desk.into, state, frozenset(TEMPLATES), settle=0.0)
        journal = Journal(state / "journal.db")
        try:
            return Worker(settings, MicrosoftCa(NAME, ("certreq",), ("certutil",), self.stand.run), journal).round()
        finally:
            journal.close()


@contextmanager
def windows(folder: Path, _run_folder: Path) -> Iterator[Counterpart]:
    """The counterpart."""
    desk: Desk = a_desk(folder / "windows")
    yield Windows(desk, stand=MicrosoftStand(desk.openssl))

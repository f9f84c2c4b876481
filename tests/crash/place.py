"""A small real world in a folder: a token, a CA, registers and the portal's database, copied for every case."""

import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from portal.bootstrap import BUILTIN_CA
from portal.connectors.authorities import ConfiguredAuthorities
from portal.connectors.ca.builtin.setup import open_authority
from portal.connectors.clock import ShiftedClock
from portal.connectors.registers.configured import ConfiguredRegisters
from portal.connectors.registers.ledger import DeviceLedger
from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.vault_local import LocalVault
from portal.connectors.x509 import X509Reader
from portal.db.transaction import Database
from portal.domain.policy import Register
from portal.ports.vault import KeyMaterial
from portal.services.identity_verdicts import IdentityVerdicts
from portal.services.step_context import Outside
from tests.fakes.tickets import FakeCommons, FakeSoPins, FakeTickets
from tests.support.issuing import certificate_for, pkcs8_of, ready_key, spki_of
from tests.support.ledgers import Ledger
from tests.support.pki import MASTER, a_place
from tests.support.tokens import PIN

COMMON: Final = "Корневой"
CA_NAME: Final = BUILTIN_CA
PATIENCE: Final = 240

#: Children are forked from a server that has done everything once, but for loading a token's library.
SPAWN: Final = get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.crash.warm"])


_open: Final[dict[str, Database]] = {}


def leave() -> None:
    """Close what this process has opened in its places."""
    while _open:
        _open.popitem()[1].close()


@dataclass(frozen=True, slots=True)
class Place:
    """Where one case happens."""

    folder: Path
    module: Path
    database_url: str
    serial: str = ""
    device: int = 0
    update: int = 0
    target: Path | None = None  # the real module, when the place's own is the fault module in front of it

    @property
    def notes(self) -> Path:
        return self.folder / "notes.pickle"

    def ledger(self) -> Ledger:
        """The place's records; whoever asks again in one process goes over the same connections."""
        if self.database_url not in _open:
            _open[self.database_url] = Database(self.database_url)
        return Ledger(_open[self.database_url])

    def outside(self, ahead: timedelta = timedelta()) -> Outside:
        """The real doors; only PIN tickets are kept in memory, so that every process asks for the PIN again."""
        clock = ShiftedClock(ahead)
        ca = a_place(f"sqlite:///{self.folder}/ca.db", self.folder / "ca", clock)
        registers = {kind: DeviceLedger(self.folder / f"{kind.value}.db", clock) for kind in Register}
        return Outside(
            desk=Pkcs11Desk([self.module], X509Reader()),
            tickets=FakeTickets(clock),
            authorities=ConfiguredAuthorities({CA_NAME: lambda: open_authority(ca, CA_NAME)}),
            registers=ConfiguredRegisters(registers),
            commons=FakeCommons({(COMMON, 1): common()}),
            reader=X509Reader(),
            clock=clock,
            so_pins=FakeSoPins(),
            identity=IdentityVerdicts(self.ledger().database, clock, LocalVault(MASTER)),
        )

    def wire(self) -> None:
        """Make this process use the place's tokens."""
        conf = self.folder / "softhsm2.conf"
        tokens = self.folder / "tokens"
        conf.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(conf)
        if self.target:
            os.environ["P11FAULT_TARGET"] = str(self.target)
            for name in ("rules", "pins", "log"):
                os.environ[f"P11FAULT_{name.upper()}"] = str(self.folder / name)

    def copy(self, folder: Path, database_url: str) -> "Place":
        """The same world once more; a SQLite database is copied along."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return replace(self, folder=folder, database_url=database_url)

    def behind(self, faults: Path) -> "Place":
        """The same with the fault module in front of its tokens; it breaks nothing yet."""
        place = replace(self, module=faults, target=self.module)
        place.rules()
        place.wrong_pins(0)
        return place

    def rules(self, *lines: str) -> None:
        """What the fault module obeys from the next call on."""
        draft = self.folder / f"rules.{os.getpid()}"
        draft.write_text("".join(f"{line}\n" for line in lines))
        draft.rename(self.folder / "rules")

    def wrong_pins(self, wrong: int, limit: int = 5) -> None:
        """How many wrong PINs the token has counted, and how many lock it."""
        (self.folder / "pins").write_text(f"{wrong} {limit}\n")

    def wrong_pins_so_far(self) -> int:
        return int((self.folder / "pins").read_text().split()[0])

    def swap_token(self, other: Path) -> None:
        """Pull the token out and put what lies in the other folder in; called again it is swapped back."""
        aside = self.folder / "aside"
        (self.folder / "tokens").rename(aside)
        other.rename(self.folder / "tokens")
        aside.rename(other)

    def begin(self, work: Callable[..., Any], *arguments: Any) -> BaseProcess:
        """Begin work in a process of its own."""
        process: BaseProcess = SPAWN.Process(target=_child, args=(self, work, arguments), daemon=True)
        process.start()
        return process

    def run(self, work: Callable[..., Any], *arguments: Any) -> int | None:
        """Do work in a process of its own; answers its exit status."""
        return self.end(self.begin(work, *arguments))

    def end(self, process: BaseProcess) -> int | None:
        """How it ended; it is waited for."""
        process.join(PATIENCE)
        if process.is_alive():
            process.kill()
            process.join()
        return process.exitcode

    def ask(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Do work in a process of its own and answer what it found."""
        self.notes.unlink(missing_ok=True)
        status = self.run(work, *arguments)
        assert status == 0, f"{work.__name__} ended with {status}"
        return pickle.loads(self.notes.read_bytes())  # noqa: S301  our own child wrote it


def _child(place: Place, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    place.wire()
    found = work(place, *arguments)
    place.notes.write_bytes(pickle.dumps(found))


def common() -> KeyMaterial:
    """The common certificate of the policy: the same in every process."""
    key = ready_key("p256", number=7)
    stored = Path(os.environ["CRASH_COMMON"])
    if not stored.exists():
        pair = (certificate_for(spki_of(key), "Общий"), pkcs8_of(key))
        draft = stored.with_suffix(f".{os.getpid()}")
        draft.write_bytes(pickle.dumps(pair))
        draft.rename(stored)
    certificate, private_key = pickle.loads(stored.read_bytes())  # noqa: S301  our own
    return KeyMaterial(certificate, private_key)


PIN_OF_ALL: Final = PIN

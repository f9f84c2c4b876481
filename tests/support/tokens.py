"""Real software tokens: a throw-away SoftHSM2 with a token directory of its own."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portal.settings.variables import SOFTHSM_PLACES
from tests.support.processes import RigError, find_program, temporary_folder

SERIAL: Final = re.compile(r"-([0-9a-f]{4})-([0-9a-f]{12})$")  # SoftHSM2 ends a token's folder with its serial
SO_PIN: Final = "12345678"
PIN: Final = "1234"


@dataclass(frozen=True, slots=True)
class SoftHsm:
    """One SoftHSM2 installation; processes that load the module need ``env``."""

    folder: Path
    module: Path

    @property
    def conf(self) -> Path:
        return self.folder / "softhsm2.conf"

    @property
    def tokens(self) -> Path:
        return self.folder / "tokens"

    @property
    def env(self) -> dict[str, str]:
        return {"SOFTHSM2_CONF": str(self.conf)}

    def init_token(self, label: str, so_pin: str = SO_PIN, pin: str = PIN) -> str:
        """Make a token and answer its serial number."""
        before = self._serials()
        self._util("--init-token", "--free", "--label", label, "--so-pin", so_pin, "--pin", pin)
        (serial,) = self._serials() - before
        return serial

    def pull(self, serial: str) -> None:
        """Unplug a token: its folder moves away."""
        found = self._folder_of(serial, self.tokens)
        found.rename(self.folder / "drawer" / found.name)

    def plug(self, serial: str) -> None:
        """Plug a token in again."""
        found = self._folder_of(serial, self.folder / "drawer")
        found.rename(self.tokens / found.name)

    def _serials(self) -> set[str]:
        return {serial for folder in self.tokens.iterdir() if (serial := serial_of(folder))}

    def _folder_of(self, serial: str, place: Path) -> Path:
        return next(folder for folder in place.iterdir() if serial_of(folder) == serial)

    def _util(self, *arguments: str) -> None:
        command = [str(find_program("softhsm2-util")), "--module", str(self.module), *arguments]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=180, check=False)
        if done.returncode:
            raise RigError(f"softhsm2-util {arguments[0]}: {done.stdout}{done.stderr}")


def serial_of(folder: Path) -> str:
    """The serial number in the name of a token's folder; empty for any other folder."""
    match = SERIAL.search(folder.name)
    return "".join(match.groups()) if match else ""


@contextmanager
def softhsm(place: Path | None = None) -> Iterator[SoftHsm]:
    """A fresh SoftHSM2 without tokens, gone at the end; on the disk of this place if one is named."""
    folder = Path(tempfile.mkdtemp(prefix="kly-hsm-", dir=place)) if place else temporary_folder("kly-hsm-")
    hsm = SoftHsm(folder, _module())
    hsm.tokens.mkdir(mode=0o700)
    (hsm.folder / "drawer").mkdir(mode=0o700)
    hsm.conf.write_text(
        f"directories.tokendir = {hsm.tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
        "slots.removable = false\nslots.mechanisms = ALL\nlibrary.reset_on_fork = false\n"
    )
    try:
        yield hsm
    finally:
        shutil.rmtree(hsm.folder, ignore_errors=True)


def _module() -> Path:
    for place in SOFTHSM_PLACES:
        if Path(place).is_file():
            return Path(place)
    raise RigError("SoftHSM2 is not installed: run bin/setup")

"""New software tokens for the demonstration, made by SoftHSM2's own tool."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from portal.seed.authority import SeedError
from portal.settings import Settings

#: Known to everybody who starts the demonstration: it prints them.
USER_PIN: Final = "12345678"
SO_PIN: Final = "87654321"
#: Where, in the folder of the data, the workstation has its tokens.
WORKSTATION: Final = "workstation"
_FOLDER: Final = re.compile(r"^directories\.tokendir\s*=\s*(\S.*?)\s*$", re.MULTILINE)
# a token's folder is a UUID whose last two groups are the serial number
_SERIAL: Final = re.compile(r"-([0-9a-f]{4})-([0-9a-f]{12})$")


def new_token(settings: Settings, label: str) -> str:
    """Initialise one more token; answers its serial number."""
    if settings.softhsm2_conf is None or not settings.pkcs11_modules:
        raise SeedError("the demonstration's tokens need SoftHSM2 and its configuration")
    folder = _token_folder(settings.softhsm2_conf)
    before = _serials(folder)
    _initialise(settings.pkcs11_modules[0], settings.softhsm2_conf, label)
    (serial,) = _serials(folder) - before
    return serial


def carry_away(settings: Settings, serial: str) -> None:
    """Plug the token with this serial number into the workstation of the demonstration; nobody may be using it."""
    if settings.softhsm2_conf is None:
        raise SeedError("the demonstration's tokens need a configuration of SoftHSM2")
    here, there = _token_folder(settings.softhsm2_conf), settings.data_dir / WORKSTATION / "tokens"
    there.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder,) = (entry for entry in here.iterdir() if entry.name.replace("-", "").endswith(serial))
    shutil.move(folder, there / folder.name)


def _initialise(module: Path, conf: Path, label: str) -> None:
    tool = shutil.which("softhsm2-util")
    if tool is None:
        raise SeedError("softhsm2-util is not installed")
    # PINs of throw-away tokens, printed on the screen anyway; the tool takes them no other way
    command = [tool, "--module", str(module), "--init-token", "--free", "--label", label]
    command += ["--so-pin", SO_PIN, "--pin", USER_PIN]
    env = {**os.environ, "SOFTHSM2_CONF": str(conf)}
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    if ended.returncode:
        raise SeedError(f"softhsm2-util: {ended.stderr.strip()}")


def _token_folder(conf: Path) -> Path:
    found = _FOLDER.search(conf.read_text())
    if found is None:
        raise SeedError(f"{conf} names no folder for tokens")
    return Path(found[1])


def _serials(folder: Path) -> set[str]:
    found = (_SERIAL.search(entry.name) for entry in folder.iterdir())
    return {one[1] + one[2] for one in found if one}

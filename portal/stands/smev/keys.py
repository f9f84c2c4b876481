"""GOST keys and certificates for stands and tests, made by the ``openssl`` command with its engine.

They are for trying out only: no authority stands behind them.
"""

import subprocess  # the command is a fixed name with arguments of our own making
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PATIENCE: Final = 30.0
_ISSUING: Final = "keyUsage = critical, keyCertSign, cRLSign"
_ALGORITHMS: Final = {256: ("gost2012_256", "A"), 512: ("gost2012_512", "A")}
_SETTINGS: Final = """\
[ca]
default_ca = stand
[stand]
database = {folder}/database
rand_serial = yes
new_certs_dir = {folder}
default_md = default
policy = any
unique_subject = no
string_mask = utf8only
x509_extensions = signing
[any]
countryName = optional
organizationName = optional
commonName = supplied
[signing]
keyUsage = critical, digitalSignature, nonRepudiation
"""


@dataclass(frozen=True, slots=True)
class GostIdentity:
    """A private key and its certificate, both PEM."""

    key: Path
    certificate: Path


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to make; ``starts`` and ``ends`` (YYYYMMDDHHMMSSZ) rule when both are given, else ``days`` do."""

    name: str
    organization: str
    bits: int = 256
    days: int = 365
    starts: str = ""
    ends: str = ""


class OpensslFailed(RuntimeError):  # noqa: N818 - named after what happened
    """The openssl command could not; the argument is what it said."""


def make_authority(folder: Path, wanted: Wanted) -> GostIdentity:
    """A self-signed authority in this folder; what is there already is kept."""
    made = _paths(folder, "authority")
    if not made.certificate.exists():
        _key(made.key, wanted.bits)
        _openssl(
            *("req", "-new", "-x509", "-engine", "gost", "-key", str(made.key), "-out", str(made.certificate)),
            *("-utf8", "-subj", _subject(wanted), "-days", str(wanted.days), "-addext", _ISSUING),
        )
    return made


def make_identity(folder: Path, called: str, wanted: Wanted, authority: GostIdentity) -> GostIdentity:
    """A key called so, with a certificate of the authority; what is there already is kept."""
    made = _paths(folder, called)
    if made.certificate.exists():
        return made
    _key(made.key, wanted.bits)
    request = folder / f"{called}.csr"
    _openssl(
        *("req", "-new", "-engine", "gost", "-key", str(made.key), "-out", str(request)),
        *("-utf8", "-subj", _subject(wanted)),
    )
    _sign_request(request, made, wanted, authority)
    request.unlink()
    return made


def _sign_request(request: Path, made: GostIdentity, wanted: Wanted, authority: GostIdentity) -> None:
    """``openssl ca`` is the only one of the commands that can date a certificate into the past."""
    dates = ("-startdate", wanted.starts, "-enddate", wanted.ends) if wanted.ends else ("-days", str(wanted.days))
    with tempfile.TemporaryDirectory(prefix="klyuchnik-gost-") as folder:
        settings = Path(folder, "ca.cnf")
        settings.write_text(_SETTINGS.format(folder=folder))
        Path(folder, "database").touch()
        _openssl(
            *("ca", "-batch", "-engine", "gost", "-config", str(settings), "-in", str(request)),
            *("-cert", str(authority.certificate), "-keyfile", str(authority.key)),
            *("-notext", "-out", str(made.certificate), *dates),
        )


def _key(path: Path, bits: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    algorithm, parameters = _ALGORITHMS[bits]
    _openssl(
        *("genpkey", "-engine", "gost", "-algorithm", algorithm, "-pkeyopt", f"paramset:{parameters}"),
        *("-out", str(path)),
    )
    path.chmod(0o600)


def _paths(folder: Path, called: str) -> GostIdentity:
    return GostIdentity(folder / f"{called}.key", folder / f"{called}.crt")


def _subject(wanted: Wanted) -> str:
    return f"/C=RU/O={wanted.organization}/CN={wanted.name}"


def _openssl(*arguments: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - see the import
            ("openssl", *arguments),  # noqa: S607
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OpensslFailed("openssl does not answer") from error
    if done.returncode != 0:
        raise OpensslFailed(done.stderr.decode(errors="replace")[-500:])

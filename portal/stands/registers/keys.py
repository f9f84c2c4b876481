"""The certificates of the line: of the stand itself, and of the one client it lets in by certificate."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LineKeys:
    """``trust`` vouches for the stand and for its client; ``server`` and ``client`` hold a key and a certificate."""

    trust: Path
    server: Path
    client: Path


def line_keys(folder: Path) -> LineKeys:
    """Those of this folder; made when there are none."""
    keys = LineKeys(folder / "trust.pem", folder / "server.pem", folder / "client.pem")
    if not keys.client.exists():
        _make(keys)
    return keys


def _make(keys: LineKeys) -> None:
    from portal.stands.registers.issuing import identity, root  # noqa: PLC0415  whoever has his keys need not load it

    issuer = root("Klyuchnik stand of registers")
    _write(keys.trust, issuer.pem)
    _write(keys.server, identity(issuer, "localhost", serves=True))
    _write(keys.client, identity(issuer, "klyuchnik", serves=False))


def _write(path: Path, octets: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(octets)

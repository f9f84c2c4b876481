"""``python -m portal.stands.registers``: run the stand until told to stop."""

import argparse
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.stands.registers.access import access_in
from portal.stands.registers.keys import line_keys
from portal.stands.registers.server import StandServer
from portal.stands.registers.shelf import Shelf
from portal.stands.registers.stand import FACES, Stand


def main() -> int:
    """Start, or say why not."""
    asked = _arguments().parse_args()
    with _folder(asked.data) as folder:
        try:
            access, keys = access_in(folder), line_keys(folder)
            stand = Stand(Shelf(folder / "devices.db"), access, tuple(asked.kind or FACES))
            server = StandServer((asked.host, asked.port), stand, None if asked.plain else keys)
        except (OSError, TypeError, ValueError) as error:
            sys.stderr.write(f"stand registers: {error}\n")
            return 1
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        _tell(server, folder)
        with server:
            server.serve_forever(poll_interval=0.2)
        stand.shelf.close()
    return 0


def _tell(server: StandServer, folder: Path) -> None:
    lines = [f"page and control: {server.page}"]
    lines += [f"{face}: {server.url}{FACES[face]}" for face in server.stand.faces]
    lines += [f"secrets: {folder / 'access.json'}", f"trust: {folder / 'trust.pem'}"]
    lines += [f"certificate to sign in with: {folder / 'client.pem'}"]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()  # whoever started it reads the address from a pipe


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="klyuchnik stand registers", description="A strict stand of registers of devices, for trying out."
    )
    parser.add_argument("--port", type=int, default=7576, help="port to listen on; 0 takes a free one [7576]")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on [127.0.0.1]")
    parser.add_argument("--kind", action="append", choices=list(FACES), help="what it plays; again for more [all]")
    parser.add_argument("--data", type=Path, help="folder of its keys and devices; a passing one when none is named")
    parser.add_argument("--plain", action="store_true", help="speak http, for a proxy that ends TLS before it")
    return parser


@contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    if named is not None:
        named.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield named.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="klyuchnik-stand-") as folder:
        yield Path(folder)


if __name__ == "__main__":
    sys.exit(main())

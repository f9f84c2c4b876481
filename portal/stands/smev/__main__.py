"""``python -m portal.stands.smev``: run the stand until told to stop."""

import argparse
import json
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.sidecar.backend import BackendError
from portal.stands.smev.keys import OpensslFailed
from portal.stands.smev.server import StandServer
from portal.stands.smev.shapes import Schemas
from portal.stands.smev.stand import Place, Stand


def main() -> int:
    """Start, or say why not."""
    asked = _arguments().parse_args()
    with _folder(asked.data) as folder:
        try:
            stand = Stand(Place(folder), Schemas(asked.schemas))
            stand.queues.pace.answer = asked.delay
            if asked.book is not None:
                stand.learn(json.loads(asked.book.read_text()))
            for line in asked.arrange:
                stand.queues.book.arrange(*line.split("=", 2))
            server = StandServer((asked.host, asked.port), stand)
            if asked.tls is not None:
                server.speak_tls(asked.tls)
        except (BackendError, OpensslFailed, OSError, TypeError, ValueError) as error:
            sys.stderr.write(f"stand smev: {error}\n")
            return 1
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        _tell(server, folder)
        with server:
            server.serve_forever(poll_interval=0.2)
    return 0


def _tell(server: StandServer, folder: Path) -> None:
    address = f"{server.scheme}://{server.server_address[0]!s}:{server.server_port}"
    for line in (
        f"page and control: {address}/",
        f"adapter: {address}/adapter/ws (system KLYUCHNIK)",
        f"direct: {address}/smev/v1.3/ws (key {folder / 'portal.key'}, certificate {folder / 'portal.crt'})",
        f"trust: {folder / 'trust.pem'}",
    ):
        sys.stdout.write(line + "\n")
    sys.stdout.flush()  # whoever started it reads the address from a pipe


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="klyuchnik stand smev", description="A strict stand of СМЭВ, for trying out.")
    parser.add_argument("--port", type=int, default=7575, help="port to listen on; 0 takes a free one [7575]")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on [127.0.0.1]")
    parser.add_argument("--data", type=Path, help="folder of its keys; a passing one when none is named")
    parser.add_argument("--book", type=Path, help="whom the registers know: a list of citizens and companies, JSON")
    parser.add_argument("--arrange", action="append", default=[], metavar="WHO=REGISTER=ENDING", help="how it ends")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds until an answer [0]")
    parser.add_argument("--tls", type=Path, help="PEM file with a key and its certificate: speak https")
    parser.add_argument("--schemas", type=Path, help="folder with the official schemas, for a second judgement")
    return parser


@contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    if named is not None:
        yield named.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="klyuchnik-stand-") as folder:
        yield Path(folder)


if __name__ == "__main__":
    sys.exit(main())

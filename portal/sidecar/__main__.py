"""``python -m portal.sidecar``: sign for the portal until told to stop."""

import argparse
import base64
import signal
import sys
import threading
from pathlib import Path

from portal.sidecar.backend import Backend, BackendError
from portal.sidecar.command import CommandBackend
from portal.sidecar.libcrypto import LibcryptoBackend
from portal.sidecar.server import SignServer
from portal.sidecar.service import Service

_OTHERS = 0o077


def main() -> int:
    """Start, or say why not."""
    asked = _arguments().parse_args()
    try:
        server = SignServer(asked.socket, _service(asked), allowed=frozenset(asked.allow_user))
    except (BackendError, OSError, ValueError) as error:
        sys.stderr.write(f"sign-service: {error}\n")
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    with server:
        server.serve_forever(poll_interval=0.2)
    asked.socket.unlink(missing_ok=True)
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sign-service", description="Sign СМЭВ messages with a GOST key.")
    parser.add_argument("--socket", type=Path, required=True, help="Unix socket to listen on")
    parser.add_argument("--key", type=Path, required=True, help="private key, PEM, readable by its owner only")
    parser.add_argument("--certificate", type=Path, required=True, help="certificate of the key, PEM or DER")
    parser.add_argument("--trust", type=Path, help="certificates of the exchange, PEM: no others are believed")
    parser.add_argument("--allow-user", type=int, action="append", default=[], help="user id that may ask, beside ours")
    parser.add_argument("--command", action="store_true", help="call the openssl command instead of its library")
    return parser


def _service(asked: argparse.Namespace) -> Service:
    if asked.key.stat().st_mode & _OTHERS:
        raise ValueError(f"others may read {asked.key}: chmod 600")
    backend: Backend = CommandBackend(asked.key) if asked.command else LibcryptoBackend(asked.key.read_bytes())
    certificate = der_of(asked.certificate.read_bytes())
    if not backend.matches(certificate):
        raise ValueError("the certificate is not for this key")
    if asked.trust is not None and not asked.trust.is_file():
        raise ValueError(f"{asked.trust} is not there")
    return Service(backend, certificate, asked.trust)


def der_of(octets: bytes) -> bytes:
    """The certificate in DER, whichever of the two ways it is written."""
    begin, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
    if begin not in octets:
        return octets
    return base64.b64decode(octets.split(begin, 1)[1].split(end, 1)[0])


if __name__ == "__main__":
    sys.exit(main())

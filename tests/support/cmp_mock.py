"""OpenSSL's own CMP server, on loopback: it gives the certificate it was told to, whatever is asked for."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.native import Compiler
from tests.support.processes import RigError, find_program

REFERENCE: Final = "portal"
SECRET: Final = "a secret of two"
_SOURCE: Final = Path(__file__).with_name("loopback_only.c")


@contextmanager
def openssl_server(folder: Path, compiler: Compiler, gives: bytes, *arguments: str) -> Iterator[str]:
    """Its address; it gives this certificate. Files it is told of lie in the folder."""
    (folder / "gives.pem").write_bytes(x509.load_der_x509_certificate(gives).public_bytes(Encoding.PEM))
    (folder / "shared").write_text(SECRET)
    proof = () if "-srv_cert" in arguments else ("-srv_ref", REFERENCE, "-srv_secret", "file:shared")
    command = (
        str(find_program("openssl")), "cmp", "-config", "", "-port", "0", "-rsp_cert", "gives.pem", *proof, *arguments,
    )  # fmt: skip
    surroundings = {**os.environ, "LD_PRELOAD": str(compiler.module(_SOURCE))}
    with subprocess.Popen(
        command, cwd=folder, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            yield f"http://{_place(server)}"
        finally:
            server.kill()


def _place(server: subprocess.Popen[str]) -> str:
    said = list[str]()
    for line in server.stdout or ():
        if line.startswith("ACCEPT "):
            place = line.split()[1]
            if not place.startswith(("[::1]:", "127.0.0.1:")):
                raise RigError(f"it listens for other machines: {line}")
            return place
        said.append(line)
    raise RigError("".join(said))

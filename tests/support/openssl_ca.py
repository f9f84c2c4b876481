"""OpenSSL's own certification authority, as somebody at a desk runs it by its command line."""

import re
import subprocess
from pathlib import Path
from typing import Final

from tests.support.processes import find_program

_CONFIGURATION: Final = """
[ca]
default_ca = desk
[desk]
dir = .
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
default_days = 300
default_crl_days = 30
policy = anything
unique_subject = no
copy_extensions = copy
email_in_dn = no
[anything]
commonName = supplied
countryName = optional
organizationName = optional
organizationalUnitName = optional
"""


class OpensslCa:
    """Signs, revokes and lists in a folder of its own; by GOST R 34.10-2012 with so many bits when told so."""

    def __init__(self, folder: Path, gost: int = 0) -> None:
        self.folder = folder
        self._engine = ("-engine", "gost") if gost else ()
        folder.mkdir(parents=True)
        (folder / "ca.cnf").write_text(_CONFIGURATION.replace("sha256", f"md_gost12_{gost}" if gost else "sha256"))
        (folder / "index.txt").touch()
        for name in ("serial", "crlnumber"):
            (folder / name).write_text("1000\n")
        kind = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
        if gost:
            kind = (f"gost2012_{gost}", "-pkeyopt", "paramset:A")
        key = ("-newkey", *kind, "-nodes", "-keyout", "ca.key")
        self.run("req", "-x509", *self._engine, *key, "-subj", "/CN=Desk", "-days", "1000", "-out", "ca.pem")

    @property
    def trusted(self) -> str:
        return (self.folder / "ca.pem").read_text()

    def sign(self, request: Path, to: Path, *, subject: str = "") -> None:
        """A certificate for a request in DER, into a file in PEM; a subject is typed where the request has none."""
        named = ("-subj", subject) if subject else ()
        self._ca("-inform", "DER", "-in", str(request), "-out", str(to), "-notext", "-utf8", *named)

    def bundle(self, certificate: Path, to: Path) -> None:
        """The certificate and the authority's in one PKCS#7."""
        self.run("crl2pkcs7", "-nocrl", "-certfile", str(certificate), "-certfile", "ca.pem", "-outform", "DER",
                 "-out", str(to))  # fmt: skip

    def revoke(self, serial: str, reason: str) -> None:
        """By its number; what is on hold is taken off its database first, which has no other way back."""
        number = serial.upper().zfill(len(serial) + len(serial) % 2)
        index = self.folder / "index.txt"
        held = re.compile(rf"^R\t(\w+)\t\w+,certificateHold\t{number}\t", re.MULTILINE)
        index.write_text(held.sub(rf"V\t\1\t\t{number}\t", index.read_text()))
        if reason != "removeFromCRL":
            self._ca("-revoke", f"{number}.pem", "-crl_reason", reason)

    def list_revoked(self, to: Path) -> None:
        self._ca("-gencrl", "-out", str(to))

    def _ca(self, *arguments: str) -> None:
        self.run("ca", *self._engine, "-config", "ca.cnf", "-batch", *arguments)

    def run(self, *arguments: str) -> None:
        command = [str(find_program("openssl")), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, timeout=180, check=False)
        assert done.returncode == 0, done.stderr.decode()

"""What programs that are not ours say: OpenSC reads the token, OpenSSL judges the certificates."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from tests.support.processes import find_program
from tests.support.tokens import SoftHsm, serial_of

CERTIFICATE: Final = "Certificate Object"
PRIVATE: Final = "Private Key Object"
PUBLIC: Final = "Public Key Object"
TYPES: Final = {CERTIFICATE: "cert", PUBLIC: "pubkey"}
FIELD: Final = re.compile(r"^  (\w[\w ]*):\s+(.*)$")


@dataclass(frozen=True, slots=True)
class TokenObject:
    """One object on a token as OpenSC lists it."""

    kind: str
    label: str
    id: str
    access: str


@dataclass(frozen=True, slots=True)
class OpenSc:
    """pkcs11-tool on one token."""

    hsm: SoftHsm
    serial: str
    pin: str

    def objects(self) -> list[TokenObject]:
        """Every object, as the signed-in owner sees it."""
        parts = re.split(r"^(?=\w+(?: Key)? Object;)", self._ask("--login", "--list-objects"), flags=re.MULTILINE)
        return [_object(part) for part in parts if " Object;" in part.split("\n", 1)[0]]

    def read(self, found: TokenObject) -> bytes:
        """The bytes of a certificate or a public key."""
        command = ("--read-object", "--type", TYPES[found.kind], "--id", found.id)
        return self._run("--login", *command).stdout

    def write(self, file: Path, kind: str, key_id: str, label: str) -> None:
        """Put an object (cert, privkey) from a file in DER onto the token."""
        self._run("--login", "--write-object", str(file), "--type", kind, "--id", key_id, "--label", label)

    def delete(self, kind: str, key_id: str) -> None:
        """Take an object (cert, privkey, pubkey) off the token."""
        self._run("--login", "--delete-object", "--type", kind, "--id", key_id)

    def change_pin(self, new: str) -> None:
        """Give the token another user PIN."""
        self._run("--login", "--change-pin", "--new-pin", "env:NEW_PIN", env={"NEW_PIN": new})

    def proves_possession(self, key_id: str, public: bytes, folder: Path, mechanism: str) -> bool:
        """Whether the private key on the token signs what the public key of the certificate verifies."""
        (folder / "text").write_bytes(sha256(key_id.encode()).digest())
        (folder / "public.pem").write_bytes(public)
        form = ("--signature-format", "openssl") if mechanism == "ECDSA" else ()
        sign = ("--sign", "--mechanism", mechanism, "--id", key_id, *form)
        self._run("--login", *sign, "--input-file", str(folder / "text"), "--output-file", str(folder / "signature"))
        command = ("pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-in", "text", "-sigfile", "signature")
        return "Signature Verified Successfully" in openssl(folder, *command)

    def _ask(self, *arguments: str) -> str:
        return self._run(*arguments).stdout.decode()

    def _run(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
        tool = [str(find_program("pkcs11-tool")), "--module", str(self.hsm.module)]
        line = [*tool, "--slot", self._slot(tool), "--pin", "env:TOKEN_PIN", *arguments]
        whole = {**self.hsm.env, "TOKEN_PIN": self.pin, **(env or {})}
        return subprocess.run(line, env=whole, capture_output=True, timeout=180, check=True)

    def _slot(self, tool: list[str]) -> str:
        listed = subprocess.run([*tool, "--list-slots"], env=self.hsm.env, capture_output=True, timeout=180, check=True)
        parts = listed.stdout.decode().split("Slot ")[1:]
        return next(part.split("(", 1)[1].split(")", 1)[0] for part in parts if self.serial in part)


def _object(part: str) -> TokenObject:
    head, *lines = part.splitlines()
    fields = {found[1]: found[2].strip() for line in lines if (found := FIELD.match(line))}
    return TokenObject(head.split(";")[0], fields.get("label", ""), fields.get("ID", ""), fields.get("Access", ""))


def stored_objects(hsm: SoftHsm, serial: str) -> set[tuple[str, str]]:
    """Name and digest of every object file of a token: the very bytes that are kept."""
    folder = next(folder for folder in hsm.tokens.iterdir() if serial_of(folder) == serial)
    files = (file for file in folder.glob("*.object") if file.name != "token.object")
    return {(file.name, sha256(file.read_bytes()).hexdigest()) for file in files}


def openssl(folder: Path, *arguments: str) -> str:
    """What OpenSSL says, troubles included."""
    command = [str(find_program("openssl")), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=180, check=False)
    return (done.stdout + done.stderr).decode(errors="replace")

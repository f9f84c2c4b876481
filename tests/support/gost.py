"""GOST for tests: identities made once in a run, the signing process, and an independent cryptographer."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import gostcrypto

from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.sidecar.__main__ import der_of
from portal.stands.smev.keys import GostIdentity, Wanted, make_authority, make_identity
from tests.support.processes import start

#: BIT STRING { OCTET STRING } of 64 octets: the public key in a certificate.
_KEY_256: Final = bytes.fromhex("0343000440")


@dataclass(frozen=True, slots=True)
class GostPeople:
    """An authority and who it vouches for; ``stranger`` has an authority of his own."""

    folder: Path
    authority: GostIdentity
    portal: GostIdentity
    smev: GostIdentity
    expired: GostIdentity
    strong: GostIdentity
    stranger: GostIdentity


def gost_people(folder: Path) -> GostPeople:
    """Make them in this folder."""
    authority = make_authority(folder, Wanted("Тестовый УЦ", "Стенд"))

    def made(called: str, name: str, bits: int = 256, dates: tuple[str, str] = ("", "")) -> GostIdentity:
        wanted = Wanted(name, "ООО «Ромашка»", bits=bits, starts=dates[0], ends=dates[1])
        return make_identity(folder, called, wanted, authority)

    return GostPeople(
        folder,
        authority,
        portal=made("portal", "Ключник"),
        smev=made("smev", "СМЭВ"),
        expired=made("expired", "СМЭВ прошлого года", dates=("20200101000000Z", "20210101000000Z")),
        strong=made("strong", "Ключник 512", 512),
        stranger=make_authority(folder / "stranger", Wanted("Чужой", "Не Ромашка")),
    )


def soon() -> datetime:
    """A moment when certificates made in this run are valid; asked for late, since they are made long after imports."""
    return datetime.now(UTC) + timedelta(minutes=10)


def der(identity: GostIdentity) -> bytes:
    """The certificate."""
    return der_of(identity.certificate.read_bytes())


@contextmanager
def sign_service(folder: Path, who: GostIdentity, *more: str) -> Iterator[SidecarSigner]:
    """The signing process of this identity, and its client."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{who.key.stem}.socket"
    command: list[str | Path] = [sys.executable, "-m", "portal.sidecar", "--socket", path, "--key", who.key]
    running = start([*command, "--certificate", who.certificate, *more], folder / f"{who.key.stem}.log")
    try:
        running.wait_until(path.exists)
        client = SidecarSigner(path)
        yield client
        client.close()
    finally:
        running.stop()


def independent_digest(data: bytes, bits: int = 256) -> bytes:
    """Streebog by a library of other people."""
    digest: bytes = bytes(gostcrypto.gosthash.new(f"streebog{bits}", data=data).digest())
    return digest


def independently_verified(data: bytes, signature: bytes, certificate: bytes) -> bool:
    """By a library of other people, which wants coordinates big-endian, the halves swapped and the digest reversed."""
    start_of_key = certificate.index(_KEY_256) + len(_KEY_256)
    key = certificate[start_of_key : start_of_key + 64]
    engine = gostcrypto.gostsignature
    judge = engine.new(engine.MODE_256, engine.CURVES_R_1323565_1_024_2019["id-tc26-gost-3410-2012-256-paramSetB"])
    public = key[:32][::-1] + key[32:][::-1]
    digest = independent_digest(data)[::-1]
    return bool(judge.verify(bytearray(public), bytearray(digest), bytearray(signature[32:] + signature[:32])))

"""Looking for a marked secret wherever a computer could have left it."""

import threading
import zlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

import redis

from tests.acceptance.installation import Installation, peep

BEAT: Final = 0.05


def disguises(secret: str) -> dict[str, bytes]:
    """The secret as it could stand in bytes: plain, wide, hexadecimal, base64 at any place of a text."""
    plain = secret.encode()
    wide = {name: secret.encode(name) for name in ("utf-16-le", "utf-16-be")}
    hexed = {"hex": plain.hex().encode(), "HEX": plain.hex().upper().encode()}
    return {"plain": plain, **wide, **hexed, **{f"base64+{shift}": _inside(plain, shift) for shift in range(3)}}


def _inside(plain: bytes, shift: int) -> bytes:
    """The letters of base64 that depend on the secret alone, when this many bytes stand before it."""
    coded = b64encode(b"\0" * shift + plain + b"\0" * 3)
    return coded[-(-shift * 8 // 6) : (shift + len(plain)) * 8 // 6]


def found_in(content: bytes, secrets: dict[str, bytes]) -> list[str]:
    """Which disguises stand there."""
    return [name for name, looks in secrets.items() if looks in content]


def places(installation: Installation) -> Iterator[tuple[str, bytes]]:
    """Every file of the installation and everything in its Valkey."""
    for file in sorted(installation.place.folder.rglob("*")):
        if file.is_file():
            with suppress(FileNotFoundError):
                yield str(file.relative_to(installation.place.folder)), file.read_bytes()
    yield from valkey_values(installation.settings.redis_url)


def valkey_values(url: str) -> Iterator[tuple[str, bytes]]:
    """What is in Valkey now; data of jobs is compressed there, so it is unpacked."""
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter(count=1000):
            for value in _values(client, key):
                yield key.decode(), value
                with suppress(zlib.error):
                    yield f"{key.decode()} unpacked", zlib.decompress(value)


def _values(client: Any, key: bytes) -> list[bytes]:
    # Any: the library types its answers for both kinds of clients and both kinds of decoding at once
    kind = client.type(key)
    if kind == b"hash":
        return [part for pair in client.hgetall(key).items() for part in pair]
    if kind == b"string":
        return [client.get(key) or b""]
    if kind == b"list":
        return list(client.lrange(key, 0, -1))
    if kind == b"stream":
        return [part for _, entry in client.xrange(key) for pair in entry.items() for part in pair]
    return [client.dump(key) or b""]


class ProcessWatch:
    """Looks at the arguments and the environment of every process of an installation, again and again."""

    def __init__(self, installation: Installation, secrets: dict[str, bytes]) -> None:
        self._installation = installation
        self._secrets = secrets
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.looks = 0
        self.found: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(BEAT):
            self.looks += 1
            for pid in self._installation.processes():
                self.found += found_in(peep(pid, "cmdline") + peep(pid, "environ"), self._secrets)


def self_test(folder: Path, secret: str) -> None:
    """The search finds what is planted, in every disguise and packed by a queue."""
    secrets = disguises(secret)
    for name, looks in secrets.items():
        (folder / "planted").write_bytes(b"before " + looks + b" after")
        assert name in found_in((folder / "planted").read_bytes(), secrets)
    for before in ("", "a", "ab", "abc"):
        assert found_in(b64encode(f"{before}{secret} and more".encode()), secrets)

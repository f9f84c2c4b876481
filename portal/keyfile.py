"""A secret key in a file of its own: made on first use, readable by its owner only."""

import os
import secrets
from pathlib import Path
from typing import Final

KEY_BYTES: Final = 32  # AES-256


class KeyFileError(Exception):
    """A key file that cannot be trusted or read, and why."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        super().__init__(f"{path}: {problem}")


def read_or_make_key(path: Path) -> bytes:
    """Thirty-two random bytes; of several processes that come first, one makes them and all read the same."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        _make(path)
        handle = os.open(path, os.O_RDONLY)
    with os.fdopen(handle) as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise KeyFileError(path, "others can read this key: chmod 600")
        return _decode(path, file.read())


def _decode(path: Path, text: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyFileError(path, f"must hold {2 * KEY_BYTES} hexadecimal digits")
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()  # on disk before the key has a name
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # never replaces a key another process made meanwhile
    except FileExistsError:
        return
    finally:
        draft.unlink()

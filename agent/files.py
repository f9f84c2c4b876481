"""Files only their owner reads, replaced as a whole or not at all."""

import os
import secrets
import sys
from pathlib import Path


class UnsafeFolderError(Exception):
    """A folder others can look into; ``path`` is it."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


def private_folder(path: Path) -> Path:
    """Make it if need be; raises UnsafeFolderError when others may look into it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32" and path.stat().st_mode & 0o077:
        raise UnsafeFolderError(path)
    return path


def write_private(path: Path, content: bytes, *, lasting: bool = True) -> None:
    """Put the whole file in place at once; ``lasting`` waits until the disk has it."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    if lasting:
        _remember_name(path.parent)


def _remember_name(folder: Path) -> None:
    if sys.platform == "win32":  # a folder has no handle there, and its names are journalled
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

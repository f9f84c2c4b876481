"""What lies in the memory of a running process."""

from collections.abc import Iterator
from contextlib import suppress
from os import pread
from pathlib import Path
from typing import Final

_PIECE: Final = 8 * 2**20
#: What is sought may lie across two pieces.
_OVERLAP: Final = 256


def memory(pid: int) -> Iterator[bytes]:
    """Everything a process has written there, piece by piece; a process that ends meanwhile has no more of it."""
    with suppress(OSError):
        maps = [line.split(maxsplit=5) for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
        with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as file:
            for area in maps:
                if area[1].startswith("rw") and "[vvar]" not in area[5:]:
                    begin, end = (int(place, 16) for place in area[0].split("-"))
                    yield from _pieces(file.fileno(), begin, end)


def _pieces(file: int, begin: int, end: int) -> Iterator[bytes]:
    for place in range(begin, end, _PIECE):
        with suppress(OSError):  # promised to the process, and never given
            yield pread(file, min(_PIECE + _OVERLAP, end - place), place)

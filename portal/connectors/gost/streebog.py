"""Digests by GOST R 34.11-2012 (Streebog, RFC 6986)."""

from functools import cache, reduce
from operator import getitem, xor
from typing import Final

from portal.connectors.gost.numbers import CONSTANTS, PI, ROWS

_BLOCK: Final = 64
_BITS: Final = 8 * _BLOCK
_WORDS: Final = 8
_ALL: Final = (1 << _BITS) - 1


def digest(data: bytes, bits: int) -> bytes:
    """Of 256 or 512 bits, in the order of octets it is written in."""
    state = int.from_bytes(b"\1" * _BLOCK) if bits == 256 else 0  # noqa: PLR2004 - the shorter of the two
    total, length = 0, 0
    whole = len(data) - len(data) % _BLOCK
    for at in range(0, whole, _BLOCK):
        block = int.from_bytes(data[at : at + _BLOCK], "little")
        state = _compress(length, state, block)
        total, length = (total + block) & _ALL, length + _BITS
    rest = data[whole:]
    block = int.from_bytes(rest + b"\1", "little")
    state = _compress(length, state, block)
    state = _compress(0, state, length + 8 * len(rest))
    state = _compress(0, state, (total + block) & _ALL)
    return state.to_bytes(_BLOCK, "little")[-bits // 8 :]


def _compress(length: int, state: int, block: int) -> int:
    key = _mixed(length ^ state)
    inner = block
    for constant in CONSTANTS:
        inner = _mixed(inner ^ key)
        key = _mixed(key ^ constant)
    return inner ^ key ^ state ^ block


def _mixed(value: int) -> int:
    """Substitution, transposition and the linear transformation in one: what each octet adds to the whole."""
    return reduce(xor, map(getitem, _tables(), value.to_bytes(_BLOCK, "little")))


@cache
def _tables() -> tuple[tuple[int, ...], ...]:
    """By the place of an octet and its value; the octets of a column make a word, each by eight rows of the matrix."""
    return tuple(_table(place) for place in range(_BLOCK))


def _table(place: int) -> tuple[int, ...]:
    row, column = divmod(place, _WORDS)
    adds = ROWS[::-1][8 * row : 8 * row + 8]
    words = (reduce(xor, (one for bit, one in enumerate(adds) if PI[octet] >> bit & 1), 0) for octet in range(256))
    return tuple(word << 64 * column for word in words)

"""Whether a key of GOST R 34.10-2012 signed something (RFC 7091), with keys as certificates hold them (RFC 9215)."""

# ruff: noqa: RUF012 - the library is told fields in lists
from typing import Final

from asn1crypto import core
from cryptography.exceptions import InvalidSignature

from portal.connectors.gost.curves import CURVES_256, CURVES_512, Curve, Point
from portal.connectors.gost.streebog import digest

#: Algorithms of signatures by the bits of their digest and of each half of their value.
SIGNATURES: Final = {"1.2.643.7.1.1.3.2": 256, "1.2.643.7.1.1.3.3": 512}
_KEYS: Final = {"1.2.643.7.1.1.1.1": (256, CURVES_256), "1.2.643.7.1.1.1.2": (512, CURVES_512)}


class _Parameters(core.SequenceOf):  # type: ignore[misc]
    """The curve, and perhaps the digest, which the algorithm says already."""

    _child_spec = core.ObjectIdentifier


class _Algorithm(core.Sequence):  # type: ignore[misc]
    _fields = [("algorithm", core.ObjectIdentifier), ("parameters", _Parameters)]


class _KeyInfo(core.Sequence):  # type: ignore[misc]
    _fields = [("algorithm", _Algorithm), ("key", core.OctetBitString)]


def verify(key_info: bytes, algorithm: str, signature: bytes, data: bytes) -> None:
    """Raises InvalidSignature unless this key (SubjectPublicKeyInfo) made it, ValueError on what is no such key."""
    bits, curve, point = _key(key_info)
    if SIGNATURES.get(algorithm) != bits:
        raise InvalidSignature
    half = bits // 8
    if len(signature) != 2 * half or not curve.holds(point):
        raise InvalidSignature
    s, r = int.from_bytes(signature[:half]), int.from_bytes(signature[half:])
    if not holds(curve, point, int.from_bytes(digest(data, bits), "little"), (r, s)):
        raise InvalidSignature


def _key(key_info: bytes) -> tuple[int, Curve, Point]:
    try:
        said = _KeyInfo.load(key_info, strict=True)
        bits, curves = _KEYS[said["algorithm"]["algorithm"].dotted]
        curve = curves[said["algorithm"]["parameters"][0].dotted]
        octets = core.OctetString.load(said["key"].native, strict=True).native
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ValueError(f"not a key of GOST R 34.10-2012: {error}") from error
    half = bits // 8
    if len(octets) != 2 * half:
        raise ValueError("not a key of this length")
    return bits, curve, (int.from_bytes(octets[:half], "little"), int.from_bytes(octets[half:], "little"))


def holds(curve: Curve, public: Point, alpha: int, value: tuple[int, int]) -> bool:
    """Whether (r, s) is a signature of the digest ``alpha`` by this key: the steps of 6.2."""
    r, s = value
    if not (0 < r < curve.q and 0 < s < curve.q):
        return False
    inverse = pow(alpha % curve.q or 1, -1, curve.q)
    found = _combined(curve, (s * inverse % curve.q, (curve.x, curve.y)), (-r * inverse % curve.q, public))
    return found is not None and found[0] % curve.q == r


def _combined(curve: Curve, one: tuple[int, Point], other: tuple[int, Point]) -> Point | None:
    """The sum of two multiples, bit by bit of both at once."""
    both = _sum(curve, one[1], other[1])
    adds = {(0, 0): None, (1, 0): one[1], (0, 1): other[1], (1, 1): both}
    found: Point | None = None
    for bit in reversed(range(curve.q.bit_length())):
        found = _sum(curve, found, found)
        found = _sum(curve, found, adds[one[0] >> bit & 1, other[0] >> bit & 1])
    return found


def _sum(curve: Curve, one: Point | None, other: Point | None) -> Point | None:
    """Of two points; None is the zero of the group."""
    if one is None or other is None:
        return other if one is None else one
    (x, y), (u, v) = one, other
    if x == u and (y + v) % curve.p == 0:
        return None
    over, under = (3 * x * x + curve.a, 2 * y) if x == u else (v - y, u - x)
    slope = over * pow(under, -1, curve.p)
    at = (slope * slope - x - u) % curve.p
    return at, (slope * (x - at) - y) % curve.p

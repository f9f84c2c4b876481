"""What was last seen on a token against what our records explain: what is gone from it, what nothing explains."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from portal.domain.contents import TokenContents


@dataclass(slots=True)
class Explained:
    """What our records tell of one token.

    ``ours`` are fingerprints that have to be there, ``others`` those that may; ``keys`` the CKA_IDs of what is ours.
    """

    ours: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)


def gone(seen: TokenContents, told: Explained) -> set[str]:
    """Fingerprints of ours that are not on the token."""
    return told.ours - {one.fingerprint for one in seen.certificates}


def unexplained(seen: TokenContents, told: Explained) -> Iterator[tuple[str, str]]:
    """Places on the token, by key and certificate, that no record is about; a key alone has no certificate."""
    for one in seen.certificates:
        if one.fingerprint not in told.ours and one.fingerprint not in told.others:
            yield one.key_id, one.fingerprint
    explained = told.keys | {one.key_id for one in seen.certificates}
    for key in seen.keys:
        if key.key_id not in explained:
            yield key.key_id, ""

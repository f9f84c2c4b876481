"""One disagreement as it was seen, and what a piece of looking comes back with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from portal.domain.drift import DriftKind

#: What each of the three said: codes and plain data, never a secret.
Said = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Drift:
    """``subject`` names what it is about for good. ``usable``: what is proposed may be better than the usual."""

    subject: str
    kind: DriftKind
    said: Said
    usable: bool = False
    ca: str = ""
    serial: str = ""
    name: str = ""
    device: int | None = None
    certificate: int | None = None
    update: int | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of what there is to look at: how much that was, and where to go on; an empty mark is the end.

    ``strangers`` are certificates at an authority that are none of our business. ``faults`` name authorities that
    could not be asked, with what was wrong.
    """

    drifts: tuple[Drift, ...] = ()
    looked: int = 0
    mark: str = ""
    strangers: int = 0
    faults: Mapping[str, str] = field(default_factory=dict)


def issued_subject(ca: str, serial: str) -> str:
    """A certificate at an authority."""
    return f"issued:{ca}:{serial}"


def row_subject(certificate: int) -> str:
    """How a row of ours stands."""
    return f"certificate:{certificate}"


def place_subject(certificate: int) -> str:
    """Where a row of ours says that its certificate is."""
    return f"place:{certificate}"


def token_subject(device: int, key_id: str, fingerprint: str) -> str:
    """Something on a token."""
    return f"token:{device}:{key_id}:{fingerprint}"


def step_subject(update: int, seq: int) -> str:
    """A step of a run that is over."""
    return f"step:{update}:{seq}"


def moment(at: datetime | None) -> str:
    """A moment as it is kept among what was said."""
    return at.isoformat() if at else ""

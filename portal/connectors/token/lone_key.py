"""One key on a token that serves a service, not a person: what is asked of it and what it told."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Asked:
    """What a token is asked for; ``pin`` is in clear and goes through a pipe to a child at most."""

    module: str
    serial: str
    key_id: str
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it: the bytes, or a trouble; ``pin_refused`` when the token did not take the PIN."""

    data: bytes = b""
    trouble: str = ""
    pin_refused: bool = False

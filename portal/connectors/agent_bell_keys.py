"""Where callers and waiters meet in Redis; whatever is lost there costs a while until the next poll."""

from typing import Final

from portal.connectors.redis_client import PREFIX

#: A workstation that was called and did not poll within this time polls by itself anyway.
CALL_LIFE: Final = 600
#: Who polled may wait for so long without another poll, in seconds.
PASS_LIFE: Final = 900
#: A hash: when each workstation was seen waiting.
CONTACTS: Final = f"{PREFIX}:agents:contacts"
CHANNELS: Final = f"{PREFIX}:agents:wake:"


def channel_of(uid: str) -> str:
    """Where it is called."""
    return f"{CHANNELS}{uid}"


def call_of(uid: str) -> str:
    """Says that it was called and has not polled since."""
    return f"{PREFIX}:agents:call:{uid}"


def pass_of(uid: str) -> str:
    """Holds the number of the certificate it polled with last."""
    return f"{PREFIX}:agents:pass:{uid}"

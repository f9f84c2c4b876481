"""What a library shows in its slots, tokens nobody has initialized included; for whoever looks for a fault."""

from dataclasses import dataclass

from pkcs11 import PKCS11Error, Slot

from portal.connectors.token.library import INITIALIZED, library, serial_of


@dataclass(frozen=True, slots=True)
class SlotSeen:
    """A reader, and the token in it if there is one; ``trouble`` when the token does not say what it is."""

    description: str
    token: bool = False
    initialized: bool = False
    serial: str = ""
    trouble: str = ""


def look_at_slots(module: str) -> tuple[SlotSeen, ...]:
    """Every slot of one library; raises RefusalError when it cannot be had, PKCS11Error when it fails as a whole."""
    provider = library(module)
    provider.acquire()
    try:
        return tuple(_seen(slot) for slot in provider.slots())
    finally:
        provider.release()


def _seen(slot: Slot) -> SlotSeen:
    try:
        token = slot.get_token()
        ready = bool(token.flags & INITIALIZED)
        return SlotSeen(slot.slot_description, token=True, initialized=ready, serial=serial_of(token) if ready else "")
    except PKCS11Error as error:
        kind = type(error).__name__
        empty = kind == "TokenNotPresent"
        return SlotSeen(slot.slot_description, token=not empty, trouble="" if empty else kind)

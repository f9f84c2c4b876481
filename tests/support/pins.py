"""A source of PINs that counts what is asked and what is refused."""

from dataclasses import dataclass

from portal.ports.token import Pin


@dataclass
class Pins:
    """Implements PinSource; as the real one, it gives a refused PIN to nobody any more."""

    value: str | None
    asked: int = 0
    refusals: int = 0
    acceptances: int = 0

    def pin(self) -> Pin | None:
        self.asked += 1
        return None if self.value is None else Pin(self.value)

    def accepted(self) -> None:
        self.acceptances += 1

    def refused(self) -> None:
        self.refusals += 1
        self.value = None

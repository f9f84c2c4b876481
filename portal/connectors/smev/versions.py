"""Versions of the message exchange: for what a consumer sends they differ in their namespaces only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

#: What the namespaces of every version begin with.
FAMILY: Final = "urn://x-artefacts-smev-gov-ru/services/message-exchange/types/"
SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass(frozen=True, slots=True)
class Version:
    """One version by its number."""

    number: str

    @property
    def types(self) -> str:
        return f"{FAMILY}{self.number}"

    @property
    def basic(self) -> str:
        return f"{FAMILY}basic/{self.number}"


#: Of 1.2 no schema was published that could be found; it lies between the two and is written like them.
VERSIONS: Final[Mapping[str, Version]] = {number: Version(number) for number in ("1.1", "1.2", "1.3")}

"""How an installation takes part in the exchange with registers of the state; nothing secret is among it."""

import re
from dataclasses import asdict, dataclass, fields
from enum import StrEnum, unique
from typing import Final

from portal.domain.identity import Organization
from portal.domain.identity_numbers import inn_fault, ogrn_fault
from portal.domain.texts import text_fault

VERSIONS: Final = ("1.1", "1.2", "1.3")
ROUTINGS: Final = ("PROD", "TESIA", "DEV", "UAT", "TCOD")
LONGEST_KEPT: Final = 3650
USUALLY_KEPT: Final = 180
_ADDRESS: Final = re.compile(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?")
_NAME: Final = re.compile(r"[A-Za-z0-9_.\-]{1,50}")


@unique
class Transport(StrEnum):
    """Which way messages go."""

    ADAPTER = "adapter"  # the standard adapter holds the key and signs
    DIRECT = "direct"  # we sign, with a key behind the signing process


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """``system`` is our mnemonics to the adapter, ``signer`` the socket of the signing process for the direct way.

    ``authority`` is a file of certificates that vouch for an ``https`` address, where this machine knows none that do;
    ``node`` tells queues of one sender apart; ``test`` marks every message as one that no register may count.
    ``trusted`` holds certificates of СМЭВ in PEM, beside those the signing process knows; after ``kept_days`` what was
    claimed and answered is deleted.
    """

    transport: Transport = Transport.ADAPTER
    address: str = ""
    version: str = "1.3"
    system: str = ""
    node: str = ""
    signer: str = ""
    authority: str = ""
    name: str = ""
    inn: str = ""
    ogrn: str = ""
    routing: str = "PROD"
    test: bool = False
    trusted: str = ""
    kept_days: int = USUALLY_KEPT

    @property
    def asker(self) -> Organization:
        """The organisation in whose name registers are asked."""
        return Organization(self.name, self.inn, self.ogrn)


def faults(settings: ExchangeSettings) -> dict[str, str]:
    """What is wrong, by field; nothing when messages can be sent with it."""
    found = {
        "address": "" if _ADDRESS.fullmatch(settings.address) else "bad_address_of_exchange",
        "version": "" if settings.version in VERSIONS else "invalid",
        "node": "" if not settings.node or _NAME.fullmatch(settings.node) else "bad_name_of_exchange",
        "name": text_fault(settings.name, 1000),
        "inn": inn_fault(settings.inn, 10),
        "ogrn": ogrn_fault(settings.ogrn),
        "authority": "" if settings.authority[:1] in {"", "/"} else "bad_path_of_authority",
        "routing": "" if settings.routing in ROUTINGS else "invalid",
        "kept_days": "" if 1 <= settings.kept_days <= LONGEST_KEPT else "out_of_range",
    }
    if settings.transport is Transport.ADAPTER:
        found["system"] = "" if _NAME.fullmatch(settings.system) else "bad_name_of_exchange"
    else:
        found["signer"] = "" if settings.signer.startswith("/") else "bad_path_of_signer"
    return {field: code for field, code in found.items() if code}


def to_plain(settings: ExchangeSettings) -> dict[str, str]:
    """As they are stored."""
    return {name: str(value) if name != "test" else ("y" if value else "") for name, value in asdict(settings).items()}


def from_plain(stored: dict[str, str]) -> ExchangeSettings:
    """As they were stored; fields this version does not know are left out."""
    known = {field.name: stored[field.name] for field in fields(ExchangeSettings) if field.name in stored}
    transport, test = Transport(known.pop("transport", Transport.ADAPTER)), bool(known.pop("test", ""))
    kept = int(known.pop("kept_days", USUALLY_KEPT))
    return ExchangeSettings(transport=transport, test=test, kept_days=kept, **known)

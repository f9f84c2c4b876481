"""Sightings of tokens as JSON; the PIN has no part in them."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from portal.domain.contents import PinTries, TokenCertificate, TokenContents, TokenKey, TokenSighting


def dump_sighting(sighting: TokenSighting) -> bytes:
    """The same sighting always gives the same bytes."""
    return json.dumps(asdict(sighting), default=datetime.isoformat, ensure_ascii=False, sort_keys=True).encode()


def load_sighting(text: bytes) -> TokenSighting:
    """The sighting these bytes were made from."""
    data = json.loads(text)
    contents = data.pop("contents")
    tries = PinTries(data.pop("tries"))
    read_at = data.pop("read_at", None)
    return TokenSighting(
        **data,
        tries=tries,
        contents=contents and _contents(contents),
        read_at=datetime.fromisoformat(read_at) if read_at else None,
    )


def _contents(data: dict[str, Any]) -> TokenContents:
    return TokenContents(
        serial=data["serial"],
        certificates=tuple(_certificate(item) for item in data["certificates"]),
        keys=tuple(TokenKey(**item) for item in data["keys"]),
        complete=data["complete"],
    )


def _certificate(data: dict[str, Any]) -> TokenCertificate:
    times = {name: datetime.fromisoformat(data[name]) for name in ("not_before", "not_after")}
    return TokenCertificate(**{**data, **times})

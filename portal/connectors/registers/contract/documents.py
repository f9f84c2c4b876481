"""A device as the contract writes it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from portal.connectors.http import Reply
from portal.connectors.registers.answering import read_object, text_in, unavailable
from portal.ports.device_register import DeviceCondition, RegisterOrder

#: What a device is there for.
GENERIC: Final = "generic"
ELECTRONIC_IDENTIFIER: Final = "electronic_identifier"
_SENT: Final = ("serial", "model", "profile", "state", "owner", "certificates")


@dataclass(frozen=True, slots=True)
class Known:
    """A device as the register knows it; ``body`` holds what we said of it."""

    id: str
    version: str
    body: Mapping[str, Any]

    @property
    def active(self) -> bool:
        return str(self.body["state"]) == DeviceCondition.ACTIVE.value


def described(order: RegisterOrder, profile: str, domain: str) -> dict[str, Any]:
    """The state a register shall come to."""
    certificates = [
        {
            "serial": one.serial.lower(),
            "thumbprint": one.thumbprint.lower(),
            "not_after": one.not_after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "subject": one.subject,
        }
        for one in sorted(order.certificates, key=lambda one: one.thumbprint)
    ]
    owner = {
        "login": f"{domain}\\{order.login}" if domain else order.login,
        "display_name": order.owner_name,
        "directory_id": order.directory_id,
    }
    return {
        "serial": order.serial,
        "model": order.model,
        "profile": profile,
        "state": order.condition.value,
        "owner": owner,
        "certificates": certificates,
    }


def encoded(document: Mapping[str, Any]) -> bytes:
    """The same octets for the same document."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_device(reply: Reply, serial: str) -> Known:
    """What the register knows of this device; raises Stopped on anything else, above all on another's answer."""
    said = read_object(reply)
    if text_in(said, "serial") != serial:
        raise unavailable("the answer is about another device")
    version = said.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise unavailable("no version in the answer")
    if text_in(said, "state") not in set(DeviceCondition):
        raise unavailable("no state in the answer")
    return Known(text_in(said, "id"), str(version), {name: said.get(name) for name in _SENT})

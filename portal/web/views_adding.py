"""Tokens that are plugged in and not in the list."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from flask import url_for

from portal.domain.contents import TokenSighting


@dataclass(frozen=True, slots=True)
class Unknown:
    """A token somebody plugged in; ``href`` fills the form with what it tells of itself."""

    serial: str
    name: str
    where: str
    href: str


def unknown_tokens(seen: Iterable[TokenSighting], known: Collection[str]) -> tuple[Unknown, ...]:
    """Those the portal does not know, by serial number."""
    strangers = sorted((one for one in seen if one.serial not in known), key=lambda one: one.serial)
    return tuple(_unknown(one) for one in strangers)


def _unknown(seen: TokenSighting) -> Unknown:
    told = {"serial": seen.serial, "model": seen.model, "kind": seen.manufacturer, "label": seen.label}
    name = " · ".join(part for part in (seen.model, seen.label) if part)
    return Unknown(seen.serial, name, seen.where, url_for("admin.new_device", **told))  # type: ignore[arg-type]

"""Connectors that wait as long as a busy machine takes: only their bounds are others than the product's."""

from dataclasses import replace
from typing import TypeVar

import pytest

from portal.connectors.ca.django_ca.authority import DjangoCa
from portal.connectors.ca.est.authority import EstAuthority
from portal.connectors.http import Server
from tests.support.waiting import PATIENCE

Authority = TypeVar("Authority", DjangoCa, EstAuthority)


def unhurried(ca: Authority) -> Authority:
    """The same one with patience."""
    if isinstance(ca, DjangoCa):
        return replace(ca, talk=replace(ca.talk, server=patient(ca.talk.server)))
    lists = ca.listed.server
    listed = replace(ca.listed, server=patient(lists) if lists else None)
    return replace(ca, server=patient(ca.server), listed=listed)


def patient(server: Server) -> Server:
    return replace(server, connect_within=PATIENCE, answer_within=PATIENCE)


def check_without_hurry(patch: pytest.MonkeyPatch, kind: str) -> None:
    """Let a check of this kind take its time."""
    patch.setattr(f"portal.connectors.ca.{kind}.opening._CHECK_WITHIN", PATIENCE)

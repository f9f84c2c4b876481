"""The composition root: every part made once and handed what it needs; used by web, jobs, command line and tests."""

from dataclasses import dataclass

from portal.bootstrap.connecting import BUILTIN_CA
from portal.bootstrap.directories import Directories
from portal.bootstrap.identity import Identity
from portal.bootstrap.news import News
from portal.bootstrap.policies import Policies
from portal.connectors.clock import SystemClock
from portal.ports.clock import Clock
from portal.settings import Settings

__all__ = ["BUILTIN_CA", "Portal", "build"]


@dataclass(frozen=True)
class Portal(Directories, Policies, Identity, News):
    """The wired product. Parts are made when first used, so that each process pays only for its own.

    Nothing here loads a PKCS#11 library: the desk does, in a work-horse, when a token is opened.
    """


def build(settings: Settings, clock: Clock | None = None) -> Portal:
    """The product for these settings."""
    return Portal(settings, clock or SystemClock())

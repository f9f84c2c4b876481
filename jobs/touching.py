"""Making a fork's pages its own before there is work.

A process counts who uses each function and class, in the object itself: the first call of anything shared with the
parent copies a page. Without this an update makes a thousand such copies, and they take as long as a third of its work.
"""

import sys
from collections.abc import Iterable
from typing import Final

#: What an update runs through, and no more: what is touched is memory each work-horse has for itself.
PACKAGES: Final = (
    *("portal.services.steps", "portal.services.update_runner", "portal.services.run_log", "portal.services.journey"),
    *("portal.services.going_forward", "portal.services.pin_source", "portal.services.token_session"),
    *("portal.domain.outcomes", "portal.domain.facts", "portal.domain.contents", "portal.domain.codec"),
    *("portal.domain.update_state", "portal.domain.update_steps", "portal.domain.audit", "portal.ports.certificate"),
    *("portal.ports.token", "portal.ports.journal", "portal.connectors.token", "portal.connectors.ca.builtin"),
    *("portal.connectors.x509", "portal.connectors.redis_w", "portal.connectors.tickets_redis"),
    *("portal.connectors.sealing", "portal.connectors.progress_redis", "portal.connectors.clock"),
    *("portal.db.journal", "portal.db.facts", "portal.db.audit_chain", "portal.db.prepared", "portal.db.answers"),
    *("portal.db.driven", "portal.db.transaction", "portal.db.engine", "jobs.lifeline"),
    *("contextlib", "enum", "json", "threading", "weakref"),
)


def touch() -> None:
    """Have every function and class of these packages counted once."""
    for name, module in tuple(sys.modules.items()):
        if name.startswith(PACKAGES):
            _touch_all(vars(module).values())


def _touch_all(values: Iterable[object]) -> None:
    for value in tuple(values):
        getattr(value, "__code__", None)
        if isinstance(value, type):
            for member in tuple(vars(value).values()):
                getattr(member, "__code__", None)

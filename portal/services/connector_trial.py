"""Trying a connector: every step one after the other, told as a trace, within a time people wait for."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from portal.domain.audit import AuditTag
from portal.domain.errors import InvalidInput, OutsideUnavailable
from portal.domain.ids import ConnectorId
from portal.ports.connectors import ConnectorCheck, ConnectorValues, Trace, TraceLine, TraceStep
from portal.services.audit import AuditLog
from portal.services.connector_watch import ConnectorWatch
from portal.services.connectors import Connectors

#: So long a page waits. What is tried beyond it ends by its own limits, and nobody hears of it.
PATIENCE: Final = timedelta(seconds=10)
#: The health of a connector names the step of a try that failed with this before it.
OF_A_TRY: Final = "check:"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectorTrial:
    """Tries what is kept, also while it is paused or backs off; that it works now ends the backing off."""

    connectors: Connectors
    watch: ConnectorWatch
    check: ConnectorCheck
    audit: AuditLog
    patience: timedelta = PATIENCE

    def try_it(self, number: ConnectorId, *, actor: str) -> Trace:
        """Try it; what went wrong is told, never raised. Raises NotFound."""
        try:
            values = self.connectors.values(number)
        except OutsideUnavailable:
            return (TraceLine(TraceStep.SECRETS, ok=False),)
        trace = self._within_patience(values)
        wrong = next((line for line in trace if not line.ok), None)
        if wrong is None:
            self.watch.answered(number)
        else:
            self.watch.failed(number, f"{OF_A_TRY}{wrong.what.value}", wrong.detail)
        happened = wrong.what.value if wrong else "yes"
        subject = f"connector:{values.name}"
        self.audit.record(AuditTag.CONNECTOR_CHECKED, actor=actor, subject=subject, happened=happened)
        return trace

    def _within_patience(self, values: ConnectorValues) -> Trace:
        told: SimpleQueue[Trace] = SimpleQueue()
        Thread(target=lambda: told.put(_traced(self.check, values)), name="connector-check", daemon=True).start()
        try:
            return told.get(timeout=self.patience.total_seconds())
        except Empty:
            return (TraceLine(TraceStep.IN_TIME, ok=False, detail=str(int(self.patience.total_seconds()))),)


def _traced(check: ConnectorCheck, values: ConnectorValues) -> Trace:
    """Whatever a check runs into is its last line."""
    try:
        return check(values)
    except InvalidInput as error:
        return (TraceLine(TraceStep.SETTINGS, ok=False, detail=", ".join(sorted(error.fields))),)
    except Exception as error:  # noqa: BLE001 - a person waits for the answer, and the log has the rest
        _log.warning("checking connector %s failed", values.name, exc_info=True)
        return (TraceLine(TraceStep.PROTOCOL, ok=False, detail=type(error).__name__),)

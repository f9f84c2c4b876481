"""Trying a way to a register, step by step; the first step that fails ends it."""

from collections.abc import Callable, Iterable

from portal.connectors.http import NoAnswer, NotTrusted, Server
from portal.connectors.registers.answering import Stopped
from portal.ports.connectors import Trace, TraceLine, TraceStep

Step = tuple[TraceStep, Callable[[], str]]


def met(server: Server) -> Step:
    """Somebody listens there and shows a certificate that is trusted."""

    def meet() -> str:
        server.meet()
        return server.address

    return TraceStep.CONNECT, meet


def traced(steps: Iterable[Step]) -> Trace:
    """Each step with what it found."""
    lines = list[TraceLine]()
    for what, find in steps:
        try:
            lines.append(TraceLine(what, ok=True, detail=find()[:200]))
        except (Stopped, NoAnswer, OSError, ValueError) as error:
            lines.append(TraceLine(_failed(what, error), ok=False, detail=_detail(error)[:200]))
            break
    return tuple(lines)


def _failed(what: TraceStep, error: Exception) -> TraceStep:
    if isinstance(error, NotTrusted):
        return TraceStep.TLS
    return TraceStep.SIGN_IN if _detail(error).startswith(("HTTP 401", "HTTP 403")) else what


def _detail(error: Exception) -> str:
    if isinstance(error, Stopped):
        return error.outcome.why.get("about") or error.outcome.why.detail
    return str(error)

"""The figures of the daily digest for administrators."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from portal.db.models import LetterRow, Update
from portal.db.queries.dashboard import dashboard
from portal.domain.findings import UpdateReason
from portal.domain.letters import LetterStatus
from portal.domain.run_kind import RunKind
from portal.domain.update_state import UpdateStatus
from portal.ports.letters import LetterLine


def figures(connection: Connection, now: datetime) -> tuple[LetterLine, ...]:
    """The figures of the digest; what is nought is left out."""
    state = dashboard(connection, now)
    reasons = dict(state.by_reason)
    day = now - timedelta(days=1)
    ended = select(Update.status, func.count()).where(Update.finished_at > day, Update.kind == RunKind.UPDATE)
    runs = dict(iter(connection.execute(ended.group_by(Update.status))))
    # a letter is due again with each try, so this is when it was last tried
    refused = select(func.count()).where(LetterRow.status == LetterStatus.REFUSED, LetterRow.due_at > day)
    found = {
        "due": state.due,
        "expired": reasons.get(UpdateReason.CERTIFICATE_EXPIRED, 0),
        "expiring": reasons.get(UpdateReason.CERTIFICATE_EXPIRING, 0),
        "troubled": sum(number for _problem, number in state.troubled),
        "waiting": state.updates[UpdateStatus.WAITING],
        "stuck": state.updates[UpdateStatus.STUCK],
        "failed": runs.get(UpdateStatus.FAILED, 0),
        "completed": runs.get(UpdateStatus.COMPLETED, 0),
        "letters": connection.execute(refused).scalar_one(),
    }
    return tuple(LetterLine(name=name, number=number) for name, number in found.items() if number)

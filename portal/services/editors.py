"""Who changes the directory, and how far his hand reaches."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from portal.db.base import AnyRow
from portal.db.models import AuditEntry, Device, Person, Unit
from portal.domain.errors import Conflict, Forbidden, NotFound
from portal.domain.reach import Reach


@dataclass(frozen=True, slots=True)
class Editor:
    """An account at work on the directory; it changes what lies in its units, and nothing that it only sees."""

    login: str
    reach: Reach

    def reaches_unit(self, unit: int | None) -> bool:
        """Whether what is in this unit may be changed; None is the top of the directory."""
        return self.reach.everything or unit in self.reach.units

    def demand_all(self) -> None:
        """For what concerns the whole directory; raises Forbidden for a local administrator."""
        if not self.reach.everything:
            raise Forbidden("whole_directory_only", permission="")


def hold_person(connection: Connection, number: int, by: Editor) -> AnyRow:
    """The person's row, kept from others until the transaction ends; raises NotFound when he is not of these units."""
    held = select(Person.__table__).where(Person.id == number).with_for_update(key_share=True)
    row = connection.execute(held).one_or_none()
    if row is None or not by.reaches_unit(row.unit_id):
        raise NotFound("person", id=str(number))
    return row


def hold_units(connection: Connection) -> dict[int, AnyRow]:
    """Every unit by number; nobody else changes the tree until the transaction ends."""
    query = select(Unit.__table__).order_by(Unit.id).with_for_update(key_share=True)
    return {row.id: row for row in connection.execute(query)}


def look_again(connection: Connection, holders: ColumnElement[bool], now: datetime) -> None:
    """Mark the devices of these people for the monitor, in order, so that two never wait for each other."""
    held = select(Device.id).join(Person, Person.id == Device.holder_id).where(holders)
    ordered = held.order_by(Device.id).with_for_update(of=Device, key_share=True)
    connection.execute(update(Device).where(Device.id.in_(ordered)).values(next_check_at=now))


def changed_meanwhile(connection: Connection, subject: str) -> Conflict:
    """The refusal of a change made on what is not so any more; it says who was first."""
    query = select(AuditEntry.actor, AuditEntry.at).where(AuditEntry.subject == subject)
    last = connection.execute(query.order_by(AuditEntry.id.desc()).limit(1)).one_or_none()
    told = {"by": last.actor, "at": last.at.isoformat()} if last else {}
    return Conflict("changed_meanwhile", **told)

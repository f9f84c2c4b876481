"""When workstations were heard is written down for all of them together."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from portal.db.models import Agent
from portal.db.transaction import Database
from portal.services.agent_contacts import BEHIND, AgentContacts
from tests.support.agent_parts import Calls
from tests.support.agents import RemoteOffice


class Heard(Calls):
    """A bell that knows whom it heard."""

    times: Mapping[str, datetime] = {}

    def all_contacts(self) -> Mapping[str, datetime]:
        return self.times


def written(database: Database) -> dict[str, datetime | None]:
    with database.read() as connection:
        return {row.name: row.last_contact for row in connection.execute(select(Agent.name, Agent.last_contact))}


def test_who_was_heard_is_written_down_and_who_was_not_is_left(database: Database) -> None:
    office, bell = RemoteOffice(database), Heard()
    contacts = AgentContacts(database, office.clock, bell)
    came = office.now
    for name in ("heard", "silent", "before"):
        office.workstation(name)
    assert contacts.settle() == 0
    office.clock.advance(minutes=1)
    bell.times = {"agent-heard": office.now, "agent-before": came - timedelta(days=1), "agent-gone": office.now}
    assert contacts.settle() == 1
    assert written(database) == {"heard": office.now, "silent": came, "before": came}


def test_a_row_that_is_hardly_behind_is_not_written_again(database: Database) -> None:
    office, bell = RemoteOffice(database), Heard()
    contacts = AgentContacts(database, office.clock, bell)
    office.workstation("desk")
    came = office.now
    office.clock.advance(seconds=BEHIND.total_seconds() - 1)
    bell.times = {"agent-desk": office.now}
    assert contacts.settle() == 0
    assert written(database) == {"desk": came}

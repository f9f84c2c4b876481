"""Trying a connector: its trace is told whatever happens, within the time a person waits."""

from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import select

from portal.connectors.vault_local import LocalVault
from portal.db.models import AuditEntry
from portal.db.transaction import Database
from portal.domain.errors import InvalidInput, NotFound
from portal.domain.ids import ConnectorId
from portal.ports.connectors import ConnectorValues, Trace, TraceLine, TraceStep
from portal.services.audit import AuditLog
from portal.services.connector_trial import ConnectorTrial
from portal.services.connector_watch import ConnectorWatch
from portal.services.connectors import Connectors
from tests.support.clock import FrozenClock
from tests.support.connectors import a_draft

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
WELL = (TraceLine(TraceStep.FOLDER_OUT, ok=True), TraceLine(TraceStep.FOLDER_IN, ok=True, detail="3"))
ILL = (TraceLine(TraceStep.CONNECT, ok=True), TraceLine(TraceStep.TLS, ok=False, detail="self-signed"))


@pytest.fixture
def trial(database: Database, clock: FrozenClock, connectors: Connectors, watch: ConnectorWatch) -> ConnectorTrial:
    return ConnectorTrial(connectors, watch, lambda _values: WELL, AuditLog(database, clock))


def test_what_works_is_told_and_ends_the_backing_off(trial: ConnectorTrial, database: Database) -> None:
    number = trial.connectors.add(a_draft(), actor="admin")
    trial.watch.failed(number, "ca_unavailable", "")
    assert trial.try_it(number, actor="admin") == WELL
    assert _failures(trial, number) == (0, "")
    with database.read() as connection:
        last = connection.execute(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (last.tag, last.particulars) == ("portal:connector:checked", {"happened": "yes"})


def test_what_does_not_work_is_remembered_by_its_step(trial: ConnectorTrial) -> None:
    number = trial.connectors.add(a_draft(), actor="admin")
    assert replace(trial, check=lambda _values: ILL).try_it(number, actor="admin") == ILL
    assert _failures(trial, number) == (1, "check:tls")


def test_a_check_that_breaks_is_a_line_of_its_trace(trial: ConnectorTrial) -> None:
    number = trial.connectors.add(a_draft(), actor="admin")

    def misset(_values: ConnectorValues) -> Trace:
        raise InvalidInput({"address": "required"})

    def broken(_values: ConnectorValues) -> Trace:
        raise RuntimeError("s3cret")

    [line] = replace(trial, check=misset).try_it(number, actor="admin")
    assert line == TraceLine(TraceStep.SETTINGS, ok=False, detail="address")
    [line] = replace(trial, check=broken).try_it(number, actor="admin")
    assert line == TraceLine(TraceStep.PROTOCOL, ok=False, detail="RuntimeError")


def test_nobody_waits_for_what_hangs(trial: ConnectorTrial) -> None:
    number, over = trial.connectors.add(a_draft(), actor="admin"), Event()

    def hangs(_values: ConnectorValues) -> Trace:
        over.wait(60)
        return WELL

    [line] = replace(trial, check=hangs, patience=timedelta(milliseconds=20)).try_it(number, actor="admin")
    over.set()
    assert (line.what, line.ok) == (TraceStep.IN_TIME, False)


def test_secrets_that_cannot_be_opened_are_told(trial: ConnectorTrial) -> None:
    number = trial.connectors.add(a_draft(), actor="admin")
    moved = replace(trial, connectors=replace(trial.connectors, vault=LocalVault(b"n" * 32)))
    assert moved.try_it(number, actor="admin") == (TraceLine(TraceStep.SECRETS, ok=False),)


def test_what_is_not_there_cannot_be_tried(trial: ConnectorTrial) -> None:
    with pytest.raises(NotFound):
        trial.try_it(ConnectorId(77), actor="admin")


def _failures(trial: ConnectorTrial, number: ConnectorId) -> tuple[int, str]:
    row = trial.watch.row(number)
    assert row
    return row.health.failures, row.health.trouble

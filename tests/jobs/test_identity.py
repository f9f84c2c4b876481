"""The process that asks registers, as it is really started, and its haste while there is something to do."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import select

from jobs.identity import ROUNDS, drain, turns
from portal.bootstrap import Portal, build
from portal.db.models import IdentityApplication
from portal.db.transaction import Database
from portal.domain.identity_check import IdentityService, Verdict
from portal.services.identity_checks import Wanted
from portal.services.people import PersonDraft, add_people
from portal.settings import Settings
from tests.support.servers import Valkey
from tests.support.smev_stand import running_stand
from tests.support.smev_talk import CLAIM
from tests.support.source_tree import ROOT

PATIENCE = 120
FORM = {
    "surname": CLAIM.surname,
    "given_name": CLAIM.given_name,
    "no_middle_name": "y",
    "birth_date": "12.03.1990",
    "sex": "female",
    "snils": CLAIM.snils,
}


@pytest.mark.parametrize(("moves", "rounds"), [([0], 1), ([5, 2, 0], 3), ([1] * 99, ROUNDS)])
def test_it_goes_on_while_messages_move_and_not_for_ever(moves: list[int], rounds: int) -> None:
    asked: list[int] = []

    def one_round() -> int:
        asked.append(moves[len(asked)])
        return asked[-1]

    drain(cast("Portal", SimpleNamespace(identity_polling=SimpleNamespace(round=one_round))))
    assert len(asked) == rounds


def test_a_check_is_asked_answered_and_judged(tmp_path: Path, empty_file: Path, queue_server: Valkey) -> None:
    shutil.copy(empty_file, tmp_path / "klyuchnik.db")
    env = {"KLYUCHNIK_DATA_DIR": str(tmp_path), "KLYUCHNIK_REDIS_URL": queue_server.url}
    portal = build(Settings.from_env(env))
    with running_stand(tmp_path / "stand") as stand, portal.database as database:
        stand.knows(CLAIM)
        portal.exchange.save(stand.settings(), version=0, actor="admin")
        application = _applied(portal)
        assert len(turns(portal)) > 1
        process = subprocess.Popen([sys.executable, "-m", "jobs.identity"], cwd=ROOT, env={**os.environ, **env})
        try:
            assert _eventually(database, application) is Verdict.CONFIRMED
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            process.wait()
        assert stand.state()["confirmed"] == 1


def _applied(portal: Portal) -> int:
    names = {"surname": CLAIM.surname, "given_name": CLAIM.given_name, "login": "elkina", "cn": CLAIM.surname}
    with portal.database.begin() as connection:
        (person,) = add_people(connection, [PersonDraft(("Ключ",), names)], portal.clock.now())
    wanted = Wanted(person, frozenset({IdentityService.SNILS}))
    return portal.identity_checks.start(wanted, FORM, actor="operator")


def _eventually(database: Database, application: int) -> Verdict:
    query = select(IdentityApplication.verdict).where(IdentityApplication.id == application)
    deadline = time.monotonic() + PATIENCE
    while True:
        with database.read() as connection:
            verdict: Verdict = connection.execute(query).scalar_one()
        if verdict is not Verdict.PENDING or time.monotonic() > deadline:
            return verdict
        time.sleep(0.05)

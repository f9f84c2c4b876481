"""Directories on the overview: what waits for somebody, what has failed for long, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.bootstrap import Portal
from portal.db.models import DirectorySync
from portal.domain.directory_sync import SyncState
from portal.services.directory_sync import SyncWish
from tests.support.directories import entry
from tests.web.directories import Followed
from tests.web.visits import Visit

SYNCS = "/admin/connectors/syncs"
LOGINS = ("anna", "boris", "vera", "gleb", "darya", "egor")


@pytest.fixture
def here(portal: Portal) -> Followed:
    made = Followed(portal)
    made.source.put(*(entry(login, "Продажи") for login in LOGINS))
    return made


def five_hours_ago(portal: Portal) -> None:
    """Everything happened so much earlier."""
    with portal.database.begin() as connection:
        for row in connection.execute(select(DirectorySync.__table__)).all():
            then = {"ordered_at": row.ordered_at, "finished_at": row.finished_at}
            earlier = {name: at - timedelta(hours=5) for name, at in then.items() if at is not None}
            connection.execute(update(DirectorySync).where(DirectorySync.id == row.id).values(earlier))


def told(visit: Visit) -> str:
    """What the overview says of directories."""
    _page, fragment = visit.both("/admin/")
    return " ".join(line for line in fragment.splitlines() if "Каталог «head-office»" in line)


def test_one_that_stopped_waits_for_a_decision(admin: Visit, operator: Visit, here: Followed) -> None:
    assert told(admin) == ""
    here.sync()
    assert told(admin) == ""
    for login in LOGINS[:4]:
        del here.source.people[f"key-{login}"]
    here.sync(SyncWish(dry=True))
    assert told(admin) == "", "a rehearsal holds nothing up"
    stopped = here.sync()
    assert f'href="{SYNCS}/{stopped}"' in told(admin)
    assert "ждёт решения" in told(admin)
    assert "Ушло бы слишком много пользователей сразу" in told(admin)
    assert told(operator) == ""
    here.moves()
    assert f'href="{SYNCS}/{stopped}"' in told(admin), "another one under way has not ended it"


def test_it_is_settled_by_one_that_ends_well(admin: Visit, here: Followed) -> None:
    here.sync()
    gone = [here.source.people.pop(f"key-{login}") for login in LOGINS[:4]]
    here.sync()
    here.source.put(*gone)
    here.sync()
    assert told(admin) == ""


def test_one_that_fails_is_told_when_it_does_for_long(admin: Visit, here: Followed, portal: Portal) -> None:
    here.sync()
    here.source.breaks_after = 0
    failed = here.sync(SyncWish(whole=True))
    assert portal.directory_syncs.get(failed).state is SyncState.FAILED
    assert told(admin) == ""
    assert "head-office" in admin.fragment("/admin/").text, "it does not answer, and that is told"
    five_hours_ago(portal)
    assert f'href="{SYNCS}/{failed}"' in told(admin)
    assert "последний раз прочитан" in told(admin)
    assert admin.fragment("/admin/").text.count("head-office") == 1, "once, not as one that does not answer as well"
    portal.connectors.pause(here.connector, actor="administrator")
    assert told(admin) == ""


def test_one_that_was_never_read_is_told_by_its_first_failure(admin: Visit, here: Followed, portal: Portal) -> None:
    here.source.breaks_after = 0
    here.sync()
    assert told(admin) == ""
    five_hours_ago(portal)
    failed = here.sync()
    assert f'href="{SYNCS}/{failed}"' in told(admin)
    assert "не удаётся прочитать" in told(admin)

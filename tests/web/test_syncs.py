"""Pages of synchronizations with a directory: ordered, followed, reported, confirmed."""

import re

import pytest
from sqlalchemy import update

from portal.bootstrap import Portal
from portal.db.models import Device
from portal.db.queries.directory_syncs import LineFilter, devices_due, sync_lines
from portal.domain.device import DeviceState
from portal.domain.directory_sync import SyncFault, SyncState
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.ids import PersonId
from portal.ports.directory import DirectoryTrouble
from portal.services.devices import DeviceDraft, add_devices
from portal.services.directory_sync import SyncWish
from portal.web.words.directory_syncs import REFUSALS, fault_words
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


def test_a_rehearsal_is_ordered_and_told(admin: Visit, auditor: Visit, here: Followed, portal: Portal) -> None:
    page = f"/admin/connectors/{here.connector}"
    assert "Начните с пробного запуска" in admin.page(page).text
    assert "Пробный запуск" not in auditor.page(page).text
    ordered = admin.post(f"{page}/syncs", {"dry": "y"})
    number = int(ordered.location.rpartition("/")[2])
    moving = admin.page(ordered.location).text
    assert "Каталог читается" in moving
    assert f"{SYNCS}/{number}/events" in moving
    assert admin.post(f"{page}/syncs").status_code == 409  # one at a time
    here.carried(number)
    told, lines = admin.both(f"{SYNCS}/{number}")
    assert "кроме этого отчёта, ничего не сохранено" in told
    assert "data-sse-connect" not in told
    assert "Ключ / Продажи" in lines
    assert "/admin/people/" not in lines  # of nobody who is not here
    assert portal.directory_syncs.get(number).dry


def test_a_report_is_narrowed_and_leads_to_people(admin: Visit, here: Followed) -> None:
    here.source.put(entry("bad", surname=""), entry("petrov"))
    number = here.sync()
    told = admin.page(f"{SYNCS}/{number}?event=added&q=ann").text
    assert f'href="/admin/people/{here.person("anna")}"' in told
    assert "vera" not in told
    refused = admin.page(f"{SYNCS}/{number}?event=refused").text
    assert "фамилия: не заполнено" in refused
    assert "anna" not in refused
    assert "Ничего такого нет" in admin.page(f"{SYNCS}/{number}?q=nobody-of-the-kind").text
    assert "новые: 7" in admin.page(f"/admin/connectors/{here.connector}/syncs").text


def test_progress_is_asked_for_without_a_stream(admin: Visit, here: Followed) -> None:
    number = here.moves()
    fragment = admin.fragment(f"{SYNCS}/{number}/progress")
    assert "<b>500</b>" in fragment.text
    assert admin.fragment(f"{SYNCS}/{number}/progress?after=9999999999999").status_code == 204
    assert admin.page(f"{SYNCS}/{number}/progress").location == f"{SYNCS}/{number}"


def test_too_many_leave_once_somebody_says_why(admin: Visit, auditor: Visit, here: Followed, portal: Portal) -> None:
    here.sync()
    for login in ("anna", "boris", "vera", "gleb"):
        del here.source.people[f"key-{login}"]
    stopped = here.sync()
    page = admin.page(f"{SYNCS}/{stopped}").text
    assert "Ушли бы 4 из 6" in page
    assert page.count("больше нет в каталоге") == 4
    assert "confirmation" not in auditor.page(f"{SYNCS}/{stopped}").text
    assert "ждёт вас" in admin.page(f"/admin/connectors/{here.connector}").text
    confirmation = f"{SYNCS}/{stopped}/confirmation"
    assert admin.post(confirmation, {"reason": " "}).status_code == 422
    confirmed = admin.post(confirmation, {"reason": "Отдел закрыт"})
    assert admin.post(confirmation, {"reason": "ещё раз"}).status_code == 409
    here.carried(number := int(confirmed.location.rpartition("/")[2]))
    assert portal.directory_syncs.get(number).state is SyncState.DONE
    assert "Отдел закрыт" in admin.page(confirmed.location).text
    told = admin.page("/admin/audit").text
    assert "Отдел закрыт" in told
    assert "Ушло бы слишком много пользователей сразу" in told
    assert "sync_too_many" not in told


def test_a_confirmation_lets_no_more_go_than_were_told(here: Followed, portal: Portal) -> None:
    here.sync()
    gone = [here.source.people.pop(f"key-{login}") for login in ("anna", "boris", "vera", "gleb")]
    stopped = here.sync()
    here.source.people.pop("key-darya")
    number = portal.directory_syncs.confirm(stopped, "Отдел закрыт", actor="admin")
    again = portal.directory_syncs.get(here.carried(number))
    assert (again.state, again.fault, again.detail) == (SyncState.STOPPED, SyncFault.TOO_MANY, "5 / 6")
    here.source.put(*gone)
    here.sync()
    with pytest.raises(Conflict, match="sync_moved_on"):
        portal.directory_syncs.confirm(again.id, "поздно", actor="admin")
    with pytest.raises(InvalidInput):
        portal.directory_syncs.confirm(again.id, "x" * 301, actor="admin")


def test_an_empty_directory_cannot_be_confirmed(admin: Visit, here: Followed) -> None:
    here.sync()
    here.source.people.clear()
    page = admin.page(f"{SYNCS}/{here.sync(SyncWish(whole=True))}").text
    assert "В каталоге не видно ни одного пользователя" in page
    assert "confirmation" not in page


def test_groups_that_would_vanish_are_named(admin: Visit, here: Followed) -> None:
    for number in range(5):
        here.source.group(f"Группа {number}", "anna")
    here.sync()
    here.source.groups_.clear()
    page = admin.page(f"{SYNCS}/{here.sync()}").text
    assert "Исчезло бы слишком много групп" in page
    assert "Группа 4" in page


def test_what_became_of_devices_is_counted(admin: Visit, here: Followed, portal: Portal) -> None:
    here.sync()
    held = DeviceDraft("S1", holder=PersonId(here.person("anna")), state=DeviceState.ISSUED)
    with portal.database.begin() as connection:
        add_devices(connection, [held], portal.clock.now())
    del here.source.people["key-anna"]
    rehearsed = portal.directory_syncs.get(here.sync(SyncWish(dry=True)))
    assert rehearsed.revoked == 1
    done = here.sync()
    assert portal.directory_syncs.get(done).revoked == 1
    assert "отозваны по правилу" in admin.page(f"{SYNCS}/{done}").text


def test_devices_are_counted_of_everybody_and_not_of_those_in_the_lines_alone(
    here: Followed, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.services.directory_run.MOST_LINES", 1)
    here.sync()
    held = [DeviceDraft(login, holder=PersonId(here.person(login)), state=DeviceState.ISSUED) for login in LOGINS]
    with portal.database.begin() as connection:
        add_devices(connection, held, portal.clock.now())
        connection.execute(update(Device).where(Device.serial.in_(LOGINS)).values(need=1))
        connection.execute(update(Device).where(Device.serial == "egor").values(need=0))
    here.source.put(*(entry(login, "Продажи", title="Врач") for login in LOGINS[1:]))
    here.source.group("VPN", "boris")
    number = here.sync()
    with portal.database.read() as connection:
        lines = sync_lines(connection, number, LineFilter())
        assert (len(lines.items), devices_due(connection, number)) == (2, 4), "boris, vera, gleb and darya"


def test_every_trouble_and_refusal_has_words(admin: Visit) -> None:
    with admin.client.application.test_request_context():
        said = {fault_words(code, "") for code in (*SyncFault, *DirectoryTrouble)}
        assert len({title for title, _advice in said}) == len(said)
        assert not any(title.startswith(("sync_", "directory_")) for title, _advice in said)
        assert all(all(REFUSALS[code]({})) for code in REFUSALS)


def test_a_person_tells_where_he_comes_from(admin: Visit, operator: Visit, here: Followed) -> None:
    here.sync()
    address = f"/admin/people/{here.person('anna')}"
    card, _fragment = admin.both(address)
    assert f'href="/admin/connectors/{here.connector}"' in card
    assert "Что меняется только там" in card
    assert f"{address}/deactivation" not in card
    seen = operator.page(address).text
    assert "head-office" in seen
    assert "/admin/connectors" not in seen
    form = admin.page(f"{address}/edit").text
    assert "Об этом пользователе сообщает каталог «head-office»" in form
    assert form.count("readonly") > 5
    assert admin.post(address, {**sent(form), "phone": "5"}).status_code == 422
    assert admin.post(address, sent(form)).status_code == 303


def sent(form: str) -> dict[str, str]:
    """What the form would send as it is."""
    values = dict(re.findall(r'<input[^>]*? name="([a-z_]+)"[^>]*? value="([^"]*)"', form))
    chosen = re.search(r'name="unit".*?<option selected value="(\d+)"', form, re.DOTALL)
    assert chosen
    return {**values, "unit": chosen.group(1)}

"""An update at a workstation: offered, ordered, followed while it waits and runs, on both sides."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any, Final

from sqlalchemy import select, update

from portal.bootstrap import Portal
from portal.db.models import AgentTask, Update
from portal.db.snapshots import policy_version
from portal.domain import codec
from portal.domain.agent_tasks import AgentTaskState
from portal.domain.ids import AgentId
from portal.domain.outcomes import WaitingFor
from portal.domain.policy import AgentRules
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UpdateStatus
from portal.services.policies import publish
from tests.web.agents import an_agent, plugged
from tests.web.identity_waits import Seat
from tests.web.visits import Visit, checked
from tests.web.world import World

SHOWN: Final = re.compile(r'name="content_hash" value="([0-9a-f]+)"')


def task(portal: Portal) -> Any:
    with portal.database.read() as connection:
        return connection.execute(select(AgentTask.__table__)).one()


def becomes(portal: Portal, state: AgentTaskState, **values: Any) -> None:
    with portal.database.begin() as connection:
        connection.execute(update(AgentTask).values(state=state, **values))


def order(seat: Seat, device: int, **form: str) -> str:
    """Order it as the form says; answers the address of the run."""
    address = f"/{seat.side}/devices/{device}/updates/agent"
    shown = SHOWN.search(seat.visit.page(address).text)
    assert shown
    answer = seat.visit.post(address, {"content_hash": shown[1], "agent": "0", **form})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_the_plan_offers_it_when_the_token_is_not_here(seat: Seat, portal: Portal, world: World) -> None:
    page, _fragment = seat.visit.both(f"/{seat.side}/devices/{world.due}/updates/new")
    assert f'formaction="/{seat.side}/devices/{world.due}/updates/agent"' in page
    assert "Подключите токен" in page
    agent = an_agent(portal)
    plugged(portal, agent, world.due_serial)
    presence = seat.visit.fragment(shown_presence(page))
    assert "Токен подключён на рабочей станции: WS-1042" in presence.text
    assert presence.headers["HX-Trigger"] in page, "the foot is asked for anew, without another look of the person"
    becomes_known = seat.visit.fragment(shown_presence(presence.text))
    assert becomes_known.status_code == 204
    plugged(portal, an_agent(portal, "WS-2"), world.due_serial)
    more = seat.visit.fragment(shown_presence(presence.text))
    assert ("WS-2" in more.text, "HX-Trigger" in more.headers) == (True, False), "it is where it was, too"


def shown_presence(page: str) -> str:
    """Where the page looks again whether the token is there."""
    return unescape(page.partition('id="presence" data-hx-get="')[2].partition('"')[0])


def buttons(page: str) -> list[str]:
    """What the foot of the dialog offers, from left to right; the one to press first in brackets."""
    foot = page.partition('class="dialog__foot"')[2].partition("</form>")[0]
    found = re.findall(r'<(?:a|button)[^>]*class="(button[^"]*)"[^>]*>(?:<svg.*?</svg>)?([^<]+)', foot, re.DOTALL)
    return [f"[{said}]" if "button--primary" in look else said for look, said in found]


def test_where_the_token_is_comes_first(seat: Seat, portal: Portal, world: World) -> None:
    address = f"/{seat.side}/devices/{world.due}/updates/new"
    page = seat.visit.page(address).text
    assert buttons(page) == ["Отмена", "Обновить на агенте", "[Дальше]"]
    assert 'title="Обновить устройство на агенте"' in page
    plugged(portal, an_agent(portal), world.due_serial)
    page, _fragment = seat.visit.both(address)
    assert buttons(page) == ["Отмена", "Дальше", "[Обновить на агенте]"]
    assert "Обновление устройства на агенте" in seat.visit.page(f"/{seat.side}/devices/{world.due}/updates/agent").text


def test_it_is_ordered_for_a_workstation_and_a_day(seat: Seat, portal: Portal, world: World) -> None:
    agent = an_agent(portal, person_id=world.belyaeva)
    an_agent(portal, "WS-FOREIGN", person_id=world.vorontsov)
    plugged(portal, agent, world.due_serial)
    page, _fragment = seat.visit.both(f"/{seat.side}/devices/{world.due}/updates/agent")
    for said in ("WS-1042: устройство сейчас там", "Выпустить «VPN»", "PIN-код вводят там же"):
        assert said in page
    assert "WS-FOREIGN" not in page
    tomorrow = (portal.clock.now() + timedelta(days=1)).astimezone()
    run = order(seat, world.due, comment=" Прошу сегодня ", agent=str(agent), expires_at=f"{tomorrow:%Y-%m-%d}")
    kept = task(portal)
    assert (kept.agent_id, kept.comment, kept.state) == (agent, "Прошу сегодня", AgentTaskState.WAITS_FOR_DEVICE)
    assert kept.expires_at.astimezone().date() == tomorrow.date()
    page, _fragment = seat.visit.both(run)
    for said in ("Токен на рабочей станции WS-1042", "Прошу сегодня", "Ждёт устройства", "Рабочая станция"):
        assert said in page
    assert 'name="pin"' not in page


def test_what_cannot_be_used_comes_back(operator: Visit, portal: Portal, world: World) -> None:
    address = f"/admin/devices/{world.due}/updates/agent"
    shown = SHOWN.search(operator.page(address).text)
    assert shown
    for wrong in ({"expires_at": "2001-01-01"}, {"agent": "999"}, {"comment": "x" * 1001}, {"expires_at": "вчера"}):
        refused = operator.post(address, {"content_hash": shown[1], "agent": "0", "comment": "Прошу", **wrong})
        assert refused.status_code == 422, wrong
        checked(refused.text)
    changed = operator.post(address, {"content_hash": "0" * 64, "agent": "0"})
    assert (changed.status_code, "changed=1" in changed.headers["Location"]) == (303, True)
    assert "Устройство изменилось" in operator.page(changed.headers["Location"]).text


def running(portal: Portal, agent: AgentId, silent: timedelta) -> None:
    heard = portal.clock.now() - silent
    becomes(portal, AgentTaskState.RUNNING, holder_agent_id=agent, attempts=2, last_contact=heard)


def test_the_run_says_who_it_waits_for(operator: Visit, portal: Portal, world: World) -> None:
    agent = an_agent(portal)
    run = order(Seat("admin", operator), world.due)
    page = operator.page(run).text
    assert "Подключите токен к рабочей станции с агентом" in page
    assert "Обновление начнётся на рабочей станции" in page, "not now: when somebody there agrees"
    assert "устройства нет ни на одной рабочей станции" in page
    plugged(portal, agent, world.due_serial)
    assert "устройства нет ни на одной рабочей станции" not in operator.page(run).text
    becomes(portal, AgentTaskState.OFFERED, holder_agent_id=agent)
    assert "Ждём ответа человека за рабочей станцией WS-1042" in operator.page(run).text
    later = portal.clock.now() + timedelta(minutes=15)
    becomes(portal, AgentTaskState.OFFERED, postponed_until=later, declines=2)
    page = operator.page(run).text
    assert "Человек пока отказался" in page
    assert "отклонена 2 раза" in page
    running(portal, agent, timedelta(seconds=20))
    assert "Рабочая станция WS-1042 выполняет обновление" in operator.page(run).text
    running(portal, agent, timedelta(minutes=5))
    page = operator.page(run).text
    assert "WS-1042 не на связи" in page
    assert "2 попытки" in page


def waits_at_agent(portal: Portal, trouble: Trouble) -> None:
    """A worker has given the order to the workstation, which has said this last."""
    with portal.database.begin() as connection:
        values = {"status": UpdateStatus.WAITING, "waiting_for": WaitingFor.AGENT, "why": codec.to_json(why(trouble))}
        connection.execute(update(Update).values(values))


def test_what_went_wrong_there_is_told_and_no_pin_is_asked_here(
    operator: Visit, employee: Visit, portal: Portal, world: World
) -> None:
    agent = an_agent(portal)
    run = order(Seat("admin", operator), world.due)
    assert "введите PIN" not in employee.page("/my/").text
    running(portal, agent, timedelta(seconds=20))
    waits_at_agent(portal, Trouble.AGENT_WORKS)
    page, _fragment = operator.both(run)
    assert "агент спросит на рабочей станции" not in page
    for trouble in (Trouble.PIN_INCORRECT, Trouble.PIN_NEEDED):
        waits_at_agent(portal, trouble)
        assert "Обновление ждёт вас на рабочей станции" in employee.page("/my/").text
        page, _fragment = operator.both(run)
        assert "агент спросит на рабочей станции" in page
        assert 'name="pin"' not in page


def test_the_page_is_renewed_when_only_the_workstation_has_news(operator: Visit, portal: Portal, world: World) -> None:
    run = order(Seat("admin", operator), world.due)
    found = re.search(r'data-hx-get="([^"]+/progress[^"]+)"', operator.page(run).text)
    assert found
    address = found[1].replace("&amp;", "&")
    assert operator.fragment(address).status_code == 204
    becomes(portal, AgentTaskState.OFFERED, made_at=portal.clock.now() - timedelta(days=2))
    assert "сутки никто не ответил" in operator.page("/admin/").text
    renewed = operator.fragment(address)
    assert "Ждём ответа человека" in renewed.text
    assert found[1] not in renewed.text


def test_the_card_shows_the_task_and_where_the_token_is(operator: Visit, portal: Portal, world: World) -> None:
    agent = an_agent(portal)
    plugged(portal, agent, world.due_serial)
    card = operator.fragment(f"/admin/devices/{world.due}/card").text
    assert "WS-1042" in card
    order(Seat("admin", operator), world.due, comment="Прошу")
    _page, card = operator.both(f"/admin/devices/{world.due}")
    for said in ("Ждёт устройства", "Прошу", "operator", "Отменить"):
        assert said in card
    _page, fragment = operator.both(f"/admin/agents/{agent}")
    assert "Задачи" not in fragment


def test_a_policy_may_keep_agents_out(operator: Visit, portal: Portal, world: World) -> None:
    with portal.database.begin() as connection:
        draft = replace(policy_version(connection, 1, 1), agents=AgentRules(updates=False))
        publish(connection, draft, actor="admin", now=portal.clock.now())
    page = operator.page(f"/admin/devices/{world.due}/updates/new").text
    assert "updates/agent" not in page
    refused = operator.page(f"/admin/devices/{world.due}/updates/agent")
    assert refused.status_code == 409
    assert "не разрешает обновлять" in refused.text

"""The list of agents: narrowed, paged, and what it says of each."""

from datetime import timedelta

import pytest

from portal.bootstrap import Portal
from portal.domain.agent_tasks import AgentState
from tests.web.agents import an_agent, plugged
from tests.web.visits import Visit
from tests.web.world import World


def test_there_is_none_yet(admin: Visit) -> None:
    page, fragment = admin.both("/admin/agents")
    assert "Агентов не нашлось" in fragment
    assert 'aria-current="page"' in page


def test_the_list_says_what_there_is_to_know_of_each(admin: Visit, portal: Portal, world: World) -> None:
    here = an_agent(portal, person_id=world.belyaeva)
    plugged(portal, here, world.due_serial)
    plugged(portal, here, "gone", present=False)
    an_agent(portal, "WS-2", heard=timedelta(days=9))
    an_agent(portal, "WS-3", heard=None)
    an_agent(portal, "WS-4", heard=None, state=AgentState.WAITING)
    page, fragment = admin.both("/admin/agents")
    for said in ("на связи", "1 токен", "Беляева", "молчит 9 дней", "ещё не выходил на связь", "Ждёт решения"):
        assert said in fragment
    assert "2 токена" not in fragment
    assert "1 рабочая станция просит принять её" in page
    assert "просит принять" not in admin.page("/admin/agents?state=waiting").text


def test_a_contact_that_is_not_written_down_yet_is_told(
    admin: Visit, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet, turned_away = (
        an_agent(portal, name, uid=name, heard=timedelta(days=9), state=state)
        for name, state in (("WS-2", AgentState.ACCEPTED), ("WS-3", AgentState.REVOKED))
    )
    now = portal.clock.now()
    monkeypatch.setattr(portal.agent_bell, "contacts", lambda uids: dict.fromkeys(uids, now + timedelta(seconds=5)))
    assert admin.page("/admin/agents").text.count("на связи") == 1
    assert "на связи" in admin.page(f"/admin/agents/{quiet}").text
    assert "на связи" not in admin.page(f"/admin/agents/{turned_away}").text


def test_who_only_reads_is_asked_for_no_decision(auditor: Visit, portal: Portal) -> None:
    an_agent(portal, heard=None, state=AgentState.WAITING)
    page = auditor.page("/admin/agents").text
    assert "WS-1042" in page
    assert "просит принять" not in page
    assert "/admin/agents/codes" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=accepted", True),
        ("state=revoked", False),
        ("contact=now", True),
        ("contact=hour", False),
        ("contact=week", False),
        ("version=1.0.0", True),
        ("version=0.9", False),
        ("q=бух", True),
        ("q=БЕЛЯЕВА", True),
        ("q=1098447", True),
        ("q=воронцов", False),
        ("q=%25", False),
        ("state=nothing&contact=nothing&person=x", True),
        ("person=999", False),
    ],
)
def test_the_list_is_narrowed(auditor: Visit, portal: Portal, world: World, query: str, *, found: bool) -> None:
    agent = an_agent(portal, "Бухгалтерия-7", person_id=world.belyaeva)
    plugged(portal, agent, world.due_serial)
    assert ("Бухгалтерия-7" in auditor.fragment(f"/admin/agents?{query}").text) is found


def test_further_pages_begin_where_the_one_before_ended(admin: Visit, portal: Portal) -> None:
    for number in range(51):
        an_agent(portal, f"WS-{number:03}")
    first = admin.fragment("/admin/agents").text
    assert "WS-050" in first
    assert "WS-000" not in first
    href = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    last = admin.fragment(href.replace("&amp;", "&")).text
    assert "WS-000" in last
    assert "WS-050" not in last


def test_the_first_page_says_what_needs_somebody(operator: Visit, portal: Portal) -> None:
    page, _fragment = operator.both("/admin/")
    assert "Пока не принята ни одна рабочая станция. Вмешательство не нужно." in page
    an_agent(portal, heard=timedelta(days=9))
    an_agent(portal, heard=None, state=AgentState.WAITING)
    page, _fragment = operator.both("/admin/")
    for said in ("Ждут решения", "Молчат больше недели", "/admin/agents?contact=week"):
        assert said in page
    assert "никто не ответил" not in page

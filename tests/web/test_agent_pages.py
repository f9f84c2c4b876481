"""One agent: what it says of itself and what it sees, let in, turned away, bound, shut out; and one-time codes."""

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from portal.bootstrap import Portal
from portal.db.models import Agent, AgentCode
from portal.domain.agent_codes import read_code
from portal.domain.agent_tasks import AgentState
from portal.domain.ids import AgentId
from tests.web.agents import a_request, an_agent, plugged
from tests.web.visits import Visit, checked
from tests.web.world import World


def row(portal: Portal, agent: AgentId) -> Any:
    with portal.database.read() as connection:
        return connection.execute(select(Agent.__table__).where(Agent.id == agent)).one()


def waiting(portal: Portal) -> AgentId:
    return an_agent(portal, heard=None, state=AgentState.WAITING, request=a_request())


def test_the_page_tells_of_the_workstation_and_its_tokens(admin: Visit, portal: Portal, world: World) -> None:
    agent = an_agent(portal, person_id=world.vorontsov, comment="Касса")
    plugged(portal, agent, world.due_serial)
    plugged(portal, agent, "5EC0DE", present=False)
    plugged(portal, agent, "0BADCAFE", trouble="token_error")
    _page, fragment = admin.both(f"/admin/agents/{agent}")
    for said in ("Astra Linux 1.8", "10.0.4.17", "Касса", "Чужое", "Извлечено", "Неизвестно порталу", "0 сертификатов"):
        assert said in fragment
    assert f'href="/admin/devices/{world.due}"' in fragment
    assert "Воронцов" in fragment


def test_who_only_reads_decides_nothing(auditor: Visit, portal: Portal) -> None:
    for agent in (an_agent(portal), waiting(portal)):
        page = auditor.page(f"/admin/agents/{agent}").text
        assert 'method="post" action="/admin/agents' not in page
        assert "Об этом агенте пока ничего не записано" in page


def test_a_workstation_is_let_in_for_a_person(operator: Visit, portal: Portal, world: World) -> None:
    agent = waiting(portal)
    page = operator.page(f"/admin/agents/{agent}").text
    assert "Принять?" in page
    assert "Отключить" not in page
    refused = operator.post(f"/admin/agents/{agent}/admission", {"person": "никто такой"})
    assert refused.status_code == 422
    assert 'value="никто такой"' in refused.text
    checked(refused.text)
    done = operator.post(f"/admin/agents/{agent}/admission", {"person": "m.belyaeva"}, follow=True)
    assert "Рабочая станция принята" in done.text
    kept = row(portal, agent)
    assert (kept.state, kept.person_id, kept.decided_by) == (AgentState.ACCEPTED, world.belyaeva, "operator")
    assert "BEGIN CERTIFICATE" in kept.certificate
    again = operator.post(f"/admin/agents/{agent}/admission")
    assert again.status_code == 409
    assert "решение уже принято" in again.text


def test_a_workstation_is_turned_away_and_let_in_after_all(operator: Visit, portal: Portal) -> None:
    agent = waiting(portal)
    denied = operator.post(f"/admin/agents/{agent}/denial", {"comment": "Чужой ноутбук"}, follow=True)
    assert "Чужой ноутбук" in denied.text
    assert "Отказано" in denied.text
    operator.post(f"/admin/agents/{agent}/admission")
    assert row(portal, agent).state is AgentState.ACCEPTED


def test_a_workstation_is_bound_and_made_anybodys(operator: Visit, portal: Portal, world: World) -> None:
    agent = an_agent(portal)
    operator.post(f"/admin/agents/{agent}/binding", {"person": "Беляева"})
    assert row(portal, agent).person_id == world.belyaeva
    assert "Беляева" in operator.page(f"/admin/agents/{agent}").text
    unclear = operator.post(f"/admin/agents/{agent}/binding", {"person": "zzz"})
    assert unclear.status_code == 422
    operator.post(f"/admin/agents/{agent}/binding", {"person": ""})
    assert row(portal, agent).person_id is None


def test_only_who_may_shuts_a_workstation_out(admin: Visit, operator: Visit, portal: Portal) -> None:
    agent = an_agent(portal)
    assert "Отключить эту рабочую станцию" not in operator.page(f"/admin/agents/{agent}").text
    assert operator.post(f"/admin/agents/{agent}/revocation").status_code == 403
    too_long = admin.post(f"/admin/agents/{agent}/revocation", {"comment": "x" * 501})
    assert too_long.status_code == 422
    done = admin.post(f"/admin/agents/{agent}/revocation", {"comment": "Украден"}, follow=True)
    for said in ("отключена сразу", "Украден", "Отключена", "administrator"):
        assert said in done.text
    assert row(portal, agent).state is AgentState.REVOKED
    assert admin.page("/admin/agents/999999").status_code == 404


def test_a_code_is_shown_once_and_withdrawn(operator: Visit, portal: Portal, world: World) -> None:
    operator.both("/admin/agents/codes")
    form = {"person": "m.belyaeva", "comment": "Касса", "life": "168"}
    told = operator.post("/admin/agents/codes", form)
    assert told.headers["Cache-Control"] == "no-store"
    checked(told.text)
    found = re.search(r"<code>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){8})</code>", told.text)
    assert found
    assert read_code(found[1]).fingerprint == portal.agent_authority.fingerprint()
    with portal.database.read() as connection:
        made = connection.execute(select(AgentCode.__table__)).one()
    assert (made.person_id, made.comment, made.made_by) == (world.belyaeva, "Касса", "operator")
    assert made.expires_at - made.made_at == timedelta(days=7)
    page = operator.page("/admin/agents/codes").text
    assert "Касса" in page
    assert found[1] not in page
    gone = operator.post(f"/admin/agents/codes/{made.id}/withdrawal", follow=True)
    assert "Код отозван" in gone.text
    assert "Касса" not in gone.text
    assert operator.post(f"/admin/agents/codes/{made.id}/withdrawal").status_code == 409


def test_a_code_that_cannot_be_made_comes_back_as_it_was_typed(operator: Visit) -> None:
    for wrong in ({"person": "никто", "life": "24"}, {"life": "99"}):
        back = operator.post("/admin/agents/codes", {**wrong, "comment": "Касса"})
        assert back.status_code == 422
        assert 'value="Касса"' in back.text
        checked(back.text)

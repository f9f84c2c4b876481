"""The page of the reconciliation, and a finding step by step."""

from flask import Flask
from sqlalchemy import update

from portal.bootstrap import Portal
from portal.db.models import DriftFinding
from portal.domain.drift import Decision, DriftKind, DriftState
from portal.web.words.reconciliation import mending_trouble
from tests.web.drifts import a_drift
from tests.web.runs import Runner
from tests.web.visits import Visit
from tests.web.world import World

LIST = "/admin/reconciliation"


def test_findings_are_listed_and_narrowed(auditor: Visit, portal: Portal) -> None:
    number = a_drift(portal)
    _page, fragment = auditor.both(LIST)
    assert f"{LIST}/{number}" in fragment
    assert "Выпущен без нашего заказа" in fragment
    assert "Сверить сейчас" not in auditor.page(LIST).text, "an auditor changes nothing"
    assert f"{LIST}/{number}" in auditor.fragment(f"{LIST}?kind=nobodys_order&ca=main&state=open").text
    for narrow in ("kind=gone", "ca=other", "state=closed"):
        assert "Необъяснённого нет" in auditor.fragment(f"{LIST}?{narrow}").text


def test_a_finding_says_what_each_side_says_and_what_may_be_done(admin: Visit, auditor: Visit, portal: Portal) -> None:
    number = a_drift(portal)
    _page, fragment = admin.both(f"{LIST}/{number}")
    for said in ("База", "main", "Токен", "CN=Смирнова Анна", "Почему это важно", "предлагается", "Объяснить"):
        assert said in fragment
    assert "Что сделать?" not in auditor.page(f"{LIST}/{number}").text
    assert admin.page(f"{LIST}/999999").status_code == 404


def test_an_explanation_needs_words_and_takes_it_off_the_list(admin: Visit, portal: Portal) -> None:
    number = a_drift(portal)
    answer = admin.post(f"{LIST}/{number}/decision", {"decision": "accept", "comment": " "})
    assert answer.status_code == 422
    assert "Напишите, почему" in answer.text
    admin.post(f"{LIST}/{number}/decision", {"decision": "accept", "comment": "выпущен вручную"})
    assert portal.mending.row(number).state is DriftState.ACCEPTED
    assert "Необъяснённого нет" in admin.page(LIST).text
    assert "выпущен вручную" in admin.page(f"{LIST}/{number}").text


def test_what_does_not_fit_the_finding_is_refused(admin: Visit, portal: Portal) -> None:
    number = a_drift(portal)
    assert admin.post(f"{LIST}/{number}/decision", {"decision": "revoke"}).status_code == 409
    assert admin.post(f"{LIST}/{number}/decision", {"decision": "look"}).status_code == 303
    assert portal.mending.row(number).state is DriftState.OPEN


def test_while_one_decision_is_carried_out_no_other_is_made(admin: Visit, portal: Portal) -> None:
    number = a_drift(portal, DriftKind.HALF_DONE)
    mending = {"state": DriftState.MENDING, "decision": Decision.USE, "decided_by": "petrov"}
    with portal.database.begin() as connection:
        connection.execute(update(DriftFinding).values(usable=True, **mending))
    assert admin.post(f"{LIST}/{number}/decision", {"decision": "revoke"}).status_code == 409
    page = admin.page(f"{LIST}/{number}").text
    assert [f'value="{way}"' in page for way in ("use", "revoke", "look", "accept")] == [False, False, True, True]


def test_what_is_being_used_is_not_owed(admin: Visit, portal: Portal, world: World) -> None:
    number, over, under_way = a_drift(portal, DriftKind.HALF_DONE), Runner(portal, world).fails(), Runner(portal, world)
    used = {"state": DriftState.ACCEPTED, "update_id": over.update, "seq": 1, "mending_update_id": under_way.update}
    with portal.database.begin() as connection:
        connection.execute(update(DriftFinding).values(used))
    assert admin.post(f"{LIST}/{number}/decision", {"decision": "revoke"}).status_code == 409


def test_a_reconciliation_is_begun_once_and_goes_to_its_end(admin: Visit, portal: Portal) -> None:
    assert admin.post(f"{LIST}/rounds", {}).status_code == 303
    assert "Идёт сверка" in admin.page(LIST).text
    assert admin.post(f"{LIST}/rounds", {}).status_code == 409
    while portal.reconciliation.advance() is not None:
        pass
    assert "Последняя сверка" in admin.page(LIST).text


def test_why_a_decision_is_not_carried_out_yet_is_told_in_words(app: Flask) -> None:
    with app.test_request_context():
        told = [mending_trouble(code) for code in ("ca_unknown", "ca_unavailable", "something_else")]
    assert told == ["этот УЦ больше не подключён", "Удостоверяющий центр не отвечает", "something_else"]

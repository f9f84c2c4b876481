"""The approver's page and the switch of the authority, with a real authority behind them."""

import pytest

from portal.bootstrap import BUILTIN_CA, Portal
from portal.connectors.ca.builtin.setup import create_authority
from portal.domain.certificate import KeyAlgorithm
from portal.domain.outcomes import Waiting
from tests.support.pki import CA_SUBJECT, a_key, an_order
from tests.web.runs import Runner
from tests.web.visits import Visit
from tests.web.world import World

SWITCH = "/admin/authority/templates/domain-logon/approval"


@pytest.fixture
def run(portal: Portal, world: World) -> Runner:
    """An update whose order waits for an approver."""
    ca = create_authority(portal.ca_place, BUILTIN_CA, subject=CA_SUBJECT, algorithm=KeyAlgorithm.EC_P256)
    portal.approvals.switch("domain-logon", manual=True, actor="administrator")
    waiting = ca.request(an_order("order-1", a_key()))
    assert isinstance(waiting, Waiting)
    run = Runner(portal, world).enter_pin()
    claim = run.claim().claim
    run.finish(claim, 1)
    run.journal.intend(claim, 2, now=run.now)
    run.journal.park(claim, 2, waiting, accepted=True, now=run.now)
    return run


def test_an_approver_sees_who_asks_for_what(operator: Visit, run: Runner) -> None:
    _page, fragment = operator.both("/admin/approvals")
    for said in ("domain-logon", "CN=Ёлкина Юлия Юрьевна", "email: elkina@key.example", f"/admin/updates/{run.update}"):
        assert said in fragment
    assert "/admin/approvals" in operator.page("/admin/").text


def test_an_approval_lets_the_update_go_on(operator: Visit, admin: Visit, run: Runner) -> None:
    assert "ждёт согласования" in operator.page(f"/admin/updates/{run.update}").text
    answer = operator.post("/admin/approvals/order-1/decision", {"decision": "approve", "comment": "по заявке"})
    assert answer.status_code == 303
    assert "Ничто не ждёт согласования" in operator.fragment("/admin/approvals").text
    assert run.claim().steps[1].ticket == "order-1"
    assert "Согласовал сертификат" in admin.page("/admin/audit").text


def test_a_refusal_needs_its_reason_and_keeps_what_was_typed(operator: Visit, admin: Visit, run: Runner) -> None:
    empty = operator.post("/admin/approvals/order-1/decision", {"decision": "refuse", "comment": " "}, htmx=True)
    assert empty.status_code == 422
    assert "Заполните" in empty.text
    operator.post("/admin/approvals/order-1/decision", {"decision": "refuse", "comment": "уволен"})
    assert "Отказал в сертификате" in admin.page("/admin/audit").text
    late = admin.post("/admin/approvals/order-1/decision", {"decision": "approve"})
    assert late.status_code == 409
    assert "Решение уже принято" in late.text
    assert admin.post("/admin/approvals/order-2/decision", {"decision": "approve"}).status_code == 404


def test_only_who_may_decide_sees_the_page(auditor: Visit, run: Runner) -> None:
    assert auditor.page("/admin/approvals").status_code == 403
    assert auditor.post("/admin/approvals/order-1/decision", {"decision": "approve"}).status_code == 403


def test_an_administrator_turns_the_switch(admin: Visit, operator: Visit, run: Runner) -> None:
    _page, fragment = admin.both("/admin/authority")
    assert fragment.count("Выпускать сразу") == 1
    assert admin.post(SWITCH, {"manual": "no"}).status_code == 303
    assert "Выпускать сразу" not in admin.fragment("/admin/authority").text
    assert admin.post(SWITCH, {"manual": "yes"}).status_code == 303
    assert "Выпускать сразу" in admin.fragment("/admin/authority").text
    assert operator.post(SWITCH, {"manual": "no"}).status_code == 403
    assert operator.page("/admin/authority").status_code == 403
    assert admin.post("/admin/authority/templates/nothing/approval", {"manual": "yes"}).status_code == 404


def test_an_auditor_reads_of_the_authority_and_turns_nothing(auditor: Visit, run: Runner) -> None:
    page, fragment = auditor.both("/admin/authority")
    assert "domain-logon" in fragment
    assert "Удостоверяющий центр" in page
    assert "<form" not in fragment
    assert auditor.post(SWITCH, {"manual": "no"}).status_code == 403


def test_without_an_authority_nothing_waits(admin: Visit) -> None:
    assert "Ничто не ждёт согласования" in admin.page("/admin/approvals").text
    assert "domain-logon" in admin.page("/admin/authority").text

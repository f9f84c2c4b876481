"""Every value people can meet has words, in both languages; no sentence needs a datum that is not there."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from portal.domain.audit import AuditTag
from portal.domain.certificate import CertificateKind, CertificateStatus, Purpose, TemplateKey
from portal.domain.contents import PinTries
from portal.domain.device import DeviceState
from portal.domain.errors import Conflict
from portal.domain.findings import Finding, UpdateReason
from portal.domain.outcomes import WaitingFor
from portal.domain.permissions import Permission, Role
from portal.domain.plan_items import Action, Obstacle, PlanItem, PlanProblem
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import Step, StepKind
from portal.web import views_card, views_dialog, views_history
from portal.web.words import audit, dates, errors, findings, names, plan, results, runs, steps, troubles
from portal.web.words.ca_refusals import REFUSALS
from tests.support.clock import NOON, FrozenClock
from tests.support.source_tree import ROOT

KEY = TemplateKey("main", "signature", Purpose.SIGN)


@pytest.fixture(params=["ru", "en"], autouse=True)
def language(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    with app.test_request_context(), force_locale(request.param):
        yield request.param


@pytest.mark.parametrize("reason", list(UpdateReason))
@pytest.mark.parametrize("on", [None, True, False])
def test_reasons(reason: UpdateReason, on: bool | None) -> None:
    for until in (None, NOON):
        finding = Finding(reason, "Подпись", "ab", until, on)
        assert "Подпись" in findings.finding_sentence(finding)
        assert findings.finding_kind(finding) in {"problem", "due", "possible"}
    assert findings.reason_name(reason)


@pytest.mark.parametrize("action", list(Action))
def test_plan_lines(action: Action) -> None:
    for reason in (None, *UpdateReason):
        because = (Finding(reason, "Подпись", until=NOON),) if reason else ()
        line = PlanItem(action, "Подпись", because, KEY)
        for item in (line, replace(line, optional=True), replace(line, retains=True, revokes=True, first=True)):
            assert "Подпись" in plan.item_sentence(item)
            assert "Подпись" in results.done_sentence(item)
            assert bool(plan.item_why(item)) is bool(because or item.retains)


@pytest.mark.parametrize("trouble", list(Trouble))
def test_troubles(trouble: Trouble) -> None:
    said = troubles.explain(why(trouble, "the system's own words"))
    assert said.title
    assert said.next_step
    assert said.unchanged
    assert said.detail == "the system's own words"
    assert "%(" not in f"{said.title}{said.reason}{said.next_step}"


def refusal_codes() -> set[str]:
    """Every code an authority is said to refuse with, as the sources have them."""
    raised = re.compile(r'(?:BadOrder\(|CA_REFUSED, |refused\()"(\w+)"')
    sources = [*(ROOT / "portal/connectors/ca").rglob("*.py"), ROOT / "portal/services/order_telling.py"]
    return {code for path in sources for code in raised.findall(path.read_text())}


def test_every_refusal_of_the_authority_has_its_own_words() -> None:
    assert refusal_codes() == set(REFUSALS)
    general = troubles.explain(why(Trouble.CA_REFUSED))
    for code in REFUSALS:
        said = troubles.explain(why(Trouble.CA_REFUSED, code, about="logon"))
        assert said.reason != general.reason
        assert said.next_step
        assert "%(" not in f"{said.reason}{said.next_step}"
        assert code not in f"{said.reason}{said.next_step}{said.detail}"


def test_a_refused_revocation_does_not_claim_that_the_old_certificate_is_there() -> None:
    refused = troubles.explain(why(Trouble.CA_REFUSED, "unknown_serial", about="4e53"))
    assert "4e53" in refused.reason
    assert refused.unchanged == troubles.explain(why(Trouble.REGISTER_REFUSED)).unchanged


@pytest.mark.parametrize("code", ["update_going_back", "update_not_going_back"])
def test_the_way_back_has_words_of_its_own(code: str) -> None:
    assert errors.of_error(Conflict(code)) != errors.of_error(Conflict("another"))


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (Action.DELETE, UpdateReason.LEFTOVER_FOUND),
        (Action.DELETE, UpdateReason.HISTORY_GIVEN_UP),
        (Action.DELETE_COMMON, UpdateReason.LEFTOVER_FOUND),
    ],
)
def test_a_deletion_does_not_blame_the_policy_for_what_it_did_not_do(action: Action, reason: UpdateReason) -> None:
    removed = UpdateReason.TEMPLATE_REMOVED if action is Action.DELETE else UpdateReason.COMMON_REMOVED
    own, general = (plan.item_sentence(PlanItem(action, "a", (Finding(one, "a"),), KEY)) for one in (reason, removed))
    assert own != general


def left_behind(key_id: str, fingerprint: str) -> tuple[str, ...]:
    cleaned, erased = (PlanItem(action, key_id, fingerprint=fingerprint) for action in (Action.CLEAN, Action.ERASE))
    return (
        findings.finding_sentence(Finding(UpdateReason.LEFTOVER_FOUND, key_id, fingerprint)),
        *map(plan.item_sentence, (cleaned, erased)),
        *map(results.done_sentence, (cleaned, erased)),
    )


def test_a_key_left_behind_is_called_by_the_beginning_of_its_number() -> None:
    key_id = "0123456789abcdef" * 2 + "01234567"
    told = [left_behind(key_id, fingerprint) for fingerprint in ("", "ab" * 32)]
    for sentence in (*told[0], *told[1]):
        assert "01234567…" in sentence
        assert key_id not in sentence
    assert all(key != certificate for key, certificate in zip(*told, strict=True)), "a key and its certificate are two"
    assert "Подпись" in findings.finding_sentence(Finding(UpdateReason.LEFTOVER_FOUND, "Подпись"))


def test_a_wrong_token_is_named() -> None:
    said = troubles.explain(why(Trouble.WRONG_TOKEN, wanted="111", seen="222"))
    assert "111" in said.reason
    assert "222" in said.reason


def test_of_many_tokens_a_few_are_named() -> None:
    few, many = (
        troubles.explain(why(Trouble.WRONG_TOKEN, wanted="111", seen=", ".join(map(str, range(number))))).reason
        for number in (3, 200)
    )
    assert few.endswith(" 0, 1, 2.")
    assert " 0, 1, 2 " in many
    assert "197" in many
    assert "3," not in many


@pytest.mark.parametrize("kind", list(StepKind))
def test_steps(kind: StepKind) -> None:
    for step in (Step(kind, template_name="Подпись"), Step(kind, common="Wi-Fi", register=Register.SECRET_NET)):
        assert steps.step_sentence(step)
    assert steps.unknown_step("later")


def test_every_state_has_a_name() -> None:
    assert all(map(steps.step_state, StepStatus))
    assert all(map(steps.update_state, UpdateStatus))
    assert all(map(steps.device_state, DeviceState))
    assert all(map(steps.certificate_status, CertificateStatus))
    assert all(map(steps.waiting_for, WaitingFor))
    assert set(views_card.STATUS_KINDS) == set(CertificateStatus)
    assert set(views_history.UPDATE_KINDS) == set(runs.KINDS) == set(UpdateStatus)
    assert set(views_dialog.TRIES) == set(views_dialog.TRIES_KINDS) == set(PinTries)


def test_everything_else_has_a_name() -> None:
    assert all(map(names.role_name, Role))
    assert all(map(names.purpose_name, Purpose))
    assert all(map(names.kind_name, CertificateKind))
    assert all(map(names.permission_name, Permission))
    assert all(map(names.register_name, Register))
    assert names.register_name("another product") == "another product"
    assert all(audit.audit_sentence(tag.value) != tag.value for tag in AuditTag)
    assert audit.audit_sentence("older:tag:here") == "older:tag:here"
    assert all(plan.problem_sentence(PlanProblem(one, "Подпись", "CN")) for one in Obstacle)


@pytest.mark.parametrize(
    ("days", "russian", "english"),
    [
        (-21, "истёк 21 день назад", "expired 21 days ago"),
        (-2, "истёк 2 дня назад", "expired 2 days ago"),
        (1, "истекает через 1 день", "expires in 1 day"),
        (3, "истекает через 3 дня", "expires in 3 days"),
        (11, "истекает через 11 дней", "expires in 11 days"),
        (111, "истекает через 111 дней", "expires in 111 days"),
    ],
)
def test_plurals_are_right(language: str, days: int, russian: str, english: str) -> None:
    assert dates.days_left(NOON + timedelta(days=days), NOON) == (russian if language == "ru" else english)


def test_near_moments_are_relative_and_the_exact_one_is_beside(language: str, clock: FrozenClock) -> None:
    moment = dates.moment(NOON - timedelta(hours=3), clock.now())
    assert moment.text == ("3 часа назад" if language == "ru" else "3 hours ago")
    assert "2026" in moment.exact
    assert moment.iso.startswith("2026-03-16")
    assert dates.moment(NOON, NOON).text == ("только что" if language == "ru" else "just now")


@pytest.mark.parametrize(("seconds", "words"), [(0.01, "0,1"), (3.24, "3,2"), (14.6, "15"), (180, "3 мин")])
def test_lengths_of_time(language: str, seconds: float, words: str) -> None:
    if language == "ru":
        assert words in dates.duration(timedelta(seconds=seconds))


def test_a_pin_that_was_refused_is_graver_than_waiting() -> None:
    kinds = [troubles.explain(why(one)).kind for one in (Trouble.PIN_INCORRECT, Trouble.PIN_LOCKED, Trouble.CA_DECIDES)]
    assert kinds == ["due", "problem", ""]
    assert not troubles.explain(why(Trouble.PIN_INCORRECT, "PinIncorrect")).detail

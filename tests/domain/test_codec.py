"""What is stored can be read back, or is refused by an error of its own."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.codec import VERSIONS, CodecError, UnknownKind, from_json, to_json
from portal.domain.contents import TokenContents
from portal.domain.findings import Finding, UpdateReason
from portal.domain.identity import IdentityClaim
from portal.domain.ids import PolicyId
from portal.domain.people_preview import Preview
from portal.domain.plan_items import Choices, UpdatePlan
from portal.domain.plan_steps import steps_of
from portal.domain.policy import DeviceRules, DeviceUsagePolicy, SelfServiceRules
from portal.domain.troubles import Trouble, Why, why
from portal.domain.update_plan import plan_update
from portal.domain.update_reasons import find_update_reasons
from portal.domain.update_steps import Step, StepKind
from tests.domain.examples import NOW
from tests.support.citizens import CLAIMS
from tests.support.generate import NOW as GENERATED_NOW
from tests.support.generate import Case, cases


def through_text(value: object) -> Any:
    return json.loads(json.dumps(to_json(value)))


@given(cases())
def test_round_trips(case: Case) -> None:
    plan = plan_update(case.device, case.policy, case.choices, GENERATED_NOW)
    values: list[object] = [plan, case.policy, case.choices]
    values += steps_of(plan, case.device, case.policy, "n0")
    values += find_update_reasons(case.device, case.policy, GENERATED_NOW)
    values += [case.device.contents] if case.device.contents else []
    for value in values:
        assert from_json(type(value), through_text(value)) == value


@given(st.builds(Why, st.sampled_from(Trouble), st.text(), st.lists(st.tuples(st.text(), st.text())).map(tuple)))
def test_round_trip_of_a_trouble(value: Why) -> None:
    assert from_json(Why, through_text(value)) == value


def test_every_kind_that_is_promised_is_known() -> None:
    assert set(VERSIONS) == {
        *(Choices, DeviceUsagePolicy, Finding, IdentityClaim, Preview, Step, TokenContents, UpdatePlan, Why)
    }


@given(st.from_type(Preview))
def test_round_trip_of_a_file_that_was_looked_at(value: Preview) -> None:
    assert from_json(Preview, through_text(value)) == value


@given(CLAIMS)
def test_round_trip_of_a_claim(value: IdentityClaim) -> None:
    assert from_json(IdentityClaim, through_text(value)) == value


def test_the_same_value_is_always_the_same_text() -> None:
    choices = Choices(remove_first=frozenset({"a", "b", "c"}), optional_commons=frozenset({"y", "x"}))
    assert to_json(choices)["value"]["remove_first"] == ["a", "b", "c"]
    assert to_json(choices)["value"]["optional_commons"] == ["x", "y"]


def test_a_field_that_is_absent_takes_its_default() -> None:
    stored = {"kind": "Step", "version": 1, "value": {"kind": "verify_token"}}
    assert from_json(Step, stored) == Step(StepKind.VERIFY_TOKEN)


def test_a_policy_stored_before_a_section_existed_reads_with_its_defaults() -> None:
    stored = {"kind": "DeviceUsagePolicy", "version": 1, "value": POLICY}
    read = from_json(DeviceUsagePolicy, stored)
    assert read == DeviceUsagePolicy(PolicyId(1), 1, "x", ())
    assert (read.self_service, read.devices) == (SelfServiceRules(), DeviceRules())
    assert from_json(DeviceUsagePolicy, through_text(read)) == read


def test_another_kind_or_version_is_an_error_of_its_own() -> None:
    stored = to_json(Step(StepKind.VERIFY_TOKEN))
    with pytest.raises(UnknownKind):
        from_json(Finding, stored)
    with pytest.raises(UnknownKind):
        from_json(Step, {**stored, "version": 2})
    with pytest.raises(UnknownKind):
        from_json(datetime, to_json(Choices()))
    with pytest.raises(UnknownKind):
        to_json(NOW)


FINDING = to_json(Finding(UpdateReason.CERTIFICATE_EXPIRED, "x", until=NOW))["value"]
CONTENTS = to_json(TokenContents("1", ()))["value"]
POLICY: dict[str, Any] = {"id": 1, "version": 1, "name": "x", "templates": []}
TEMPLATE: dict[str, Any] = {
    "key": {"ca": "a", "ca_template": "b", "purpose": "sign"},
    "name": "n",
    "algorithm": "p256",
    "recipe": {"subject": [["CN", "x"]]},
    "renewal_window": [1, 0, 0],
}


def policy_with(**changes: object) -> dict[str, Any]:
    return {**POLICY, "templates": [{**TEMPLATE, **changes}]}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Finding, {**FINDING, "reason": "tired"}),  # a word that is not in the list
        (Finding, {**FINDING, "subject": 7}),  # another type
        (Finding, {**FINDING, "on": 1}),  # a number is no yes
        (Finding, {**FINDING, "until": "2026-03-01T12:00:00"}),  # a time without a zone
        (Finding, {**FINDING, "until": 5}),
        (Finding, {**FINDING, "mood": "good"}),  # a field nobody knows
        (Finding, {"subject": "x"}),  # a field is missing
        (Finding, [1]),
        (TokenContents, {**CONTENTS, "certificates": "none"}),  # no list
        (DeviceUsagePolicy, policy_with(renewal_window=[10**12, 0, 0])),  # too long a time
        (DeviceUsagePolicy, policy_with(renewal_window=["x"])),
        (DeviceUsagePolicy, policy_with(recipe={"subject": [["CN"]]})),  # half a pair
    ],
)
def test_what_does_not_fit_is_refused(kind: type[object], value: object) -> None:
    assert from_json(DeviceUsagePolicy, {"kind": "DeviceUsagePolicy", "version": 1, "value": policy_with()})
    with pytest.raises(CodecError):
        from_json(kind, {"kind": kind.__name__, "version": 1, "value": value})


@pytest.mark.parametrize("stored", [None, [], "text", {}, {"kind": "Step", "version": 1}])
def test_what_was_never_stored_is_refused(stored: object) -> None:
    with pytest.raises(CodecError):
        from_json(Step, stored)


def test_a_value_that_holds_something_else_cannot_be_stored() -> None:
    with pytest.raises(CodecError):
        to_json(Step(StepKind.VERIFY_TOKEN, label=["a list"]))  # type: ignore[arg-type]


def test_a_trouble_with_data_is_kept_in_a_fixed_order() -> None:
    assert why(Trouble.TOKEN_ABSENT, "x", b="2", a="1") == Why(Trouble.TOKEN_ABSENT, "x", (("a", "1"), ("b", "2")))
    assert why(Trouble.TOKEN_ABSENT, b="2").get("b") == "2"
    assert why(Trouble.TOKEN_ABSENT).get("b") == ""

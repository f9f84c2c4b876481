"""What the policy lets a holder do: each switch alone, refused by name."""

from dataclasses import fields

import pytest

from portal.domain.errors import Forbidden, PolicyForbids
from portal.domain.plan_items import Choices
from portal.domain.policy import SelfServiceRules
from portal.domain.self_service import SelfServiceRule, demand_choices, demand_rule, permits
from tests.domain.examples import NOTHING, SIGN, a_policy

TRUSTED = SelfServiceRules(choose_optional=True)


def test_every_switch_has_a_rule() -> None:
    assert [rule.value for rule in SelfServiceRule] == [field.name for field in fields(SelfServiceRules)]


@pytest.mark.parametrize("rule", SelfServiceRule)
def test_each_switch_decides_alone(rule: SelfServiceRule) -> None:
    every = {field.name: True for field in fields(SelfServiceRules)}
    on = a_policy(self_service=SelfServiceRules(**{name: name == rule.value for name in every}))
    off = a_policy(self_service=SelfServiceRules(**{name: name != rule.value for name in every}))
    demand_rule(on, rule)
    assert permits(on, rule)
    assert not permits(off, rule)
    with pytest.raises(PolicyForbids) as caught:
        demand_rule(off, rule)
    assert (caught.value.code, caught.value.data) == ("self_service", {"rule": rule.value, "policy": "Office"})


@pytest.mark.parametrize(
    "choices",
    [Choices(optional=frozenset()), Choices(optional=frozenset({SIGN})), Choices(optional_commons=frozenset())],
)
def test_choosing_needs_its_switch_even_to_choose_nothing(choices: Choices) -> None:
    demand_choices(a_policy(self_service=TRUSTED), choices)
    with pytest.raises(PolicyForbids) as caught:
        demand_choices(a_policy(), choices)
    assert caught.value.data["rule"] == "choose_optional"


def test_an_update_as_it_stands_needs_only_its_own_switch() -> None:
    demand_choices(a_policy(), NOTHING)
    demand_choices(a_policy(), Choices(remove_first=frozenset({"old"})))
    with pytest.raises(PolicyForbids) as caught:
        demand_choices(a_policy(self_service=SelfServiceRules(update=False, choose_optional=True)), NOTHING)
    assert caught.value.data["rule"] == "update"


def test_giving_up_a_key_is_nobodys_self_service() -> None:
    every = SelfServiceRules(choose_optional=True, choose_tracked=True)
    with pytest.raises(Forbidden) as caught:
        demand_choices(a_policy(self_service=every), Choices(drop_history=frozenset({"old"})))
    assert caught.value.data["permission"] == "admin:certificates:forget_key"

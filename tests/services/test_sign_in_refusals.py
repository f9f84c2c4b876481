"""Whom a way without a password of ours keeps out, though it is proved who he is."""

from types import SimpleNamespace
from typing import Any

import pytest

from portal.domain.connector_fields import ON
from portal.domain.permissions import Role
from portal.domain.sign_in import SignInTrouble
from portal.services.sign_in_accounts import refusal

ALL = {"employees": ON, "administrators": ON}


@pytest.mark.parametrize(
    ("role", "active", "employed", "trouble"),
    [
        (Role.EMPLOYEE, True, True, None),
        (Role.EMPLOYEE, True, None, SignInTrouble.CLOSED),
        (Role.EMPLOYEE, True, False, SignInTrouble.CLOSED),
        (Role.OPERATOR, True, None, None),
        (Role.OPERATOR, True, False, SignInTrouble.CLOSED),
        (Role.OPERATOR, False, True, SignInTrouble.CLOSED),
    ],
)
def test_who_left_does_not_come_in_whatever_his_role(
    role: Role, active: bool, employed: bool | None, trouble: SignInTrouble | None
) -> None:
    account: Any = SimpleNamespace(role=role.value, active=active, employed=employed, login="anna")
    denied = refusal(ALL, account)
    assert (denied and denied.trouble) == trouble

"""Roles and what they may do."""

from portal.domain.permissions import ROLE_PERMISSIONS, SELF_SERVICE, Permission, Role, effective, touches_everybody


def test_every_role_has_its_permissions() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)


def test_an_administrator_may_everything() -> None:
    assert ROLE_PERMISSIONS[Role.ADMINISTRATOR] == set(Permission)


def test_an_operator_updates_devices_and_decides_nothing_that_cannot_be_taken_back() -> None:
    operator = ROLE_PERMISSIONS[Role.OPERATOR]
    assert {Permission.UPDATES_ORDER, Permission.UPDATES_CANCEL, Permission.TRACKING_CHOOSE} <= operator
    assert not {Permission.UPDATES_SETTLE, Permission.CERTIFICATES_FORGET_KEY, Permission.AUDIT_READ} & operator


def test_an_auditor_reads_everything_and_changes_nothing() -> None:
    auditor = ROLE_PERMISSIONS[Role.AUDITOR]
    taken = {Permission.AUDIT_EXPORT}
    assert auditor == taken | {one for one in Permission if one.side == "admin" and one.action == "read"}


def test_permissions_are_named_scope_resource_action() -> None:
    assert all(len(permission.value.split(":")) == 3 for permission in Permission)


def test_self_service_comes_with_a_person_and_only_with_one() -> None:
    operator = ROLE_PERMISSIONS[Role.OPERATOR]
    assert effective(operator, scoped=False, person=False) == operator
    assert effective(operator, scoped=False, person=True) == operator | SELF_SERVICE
    assert effective(ROLE_PERMISSIONS[Role.EMPLOYEE], scoped=False, person=False) == frozenset()
    assert not effective(ROLE_PERMISSIONS[Role.ADMINISTRATOR], scoped=False, person=False) & SELF_SERVICE


def test_who_sees_a_part_changes_nothing_that_touches_everybody() -> None:
    limited = effective(ROLE_PERMISSIONS[Role.ADMINISTRATOR], scoped=True, person=False)
    assert {Permission.DEVICES_READ, Permission.UPDATES_ORDER, Permission.PEOPLE_READ} <= limited
    assert not {Permission.ACCOUNTS_MANAGE, Permission.ACCOUNTS_READ, Permission.ROLES_MANAGE} & limited
    assert not any(map(touches_everybody, limited))

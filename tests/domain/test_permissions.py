"""Roles and what they may do."""

from portal.domain.permissions import ROLE_PERMISSIONS, Permission, Role


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
    assert auditor == {permission for permission in Permission if permission.value.endswith(":read")}


def test_permissions_are_named_scope_resource_action() -> None:
    assert all(len(permission.value.split(":")) == 3 for permission in Permission)

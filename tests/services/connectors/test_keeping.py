"""Connectors are kept with their secrets sealed; two people at once; what is needed is not removed."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import insert, select

from portal.connectors.vault_local import LocalVault
from portal.db.models import AuditEntry, Certificate, CertificatePlace, Connector, ConnectorSecret
from portal.db.queries.connectors import connector_card, connector_rows
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.certificate import CertificateKind, KeyAlgorithm, Purpose, TemplateKey
from portal.domain.connector_fields import Field, FieldKind, complete
from portal.domain.connector_health import ConnectorState
from portal.domain.connector_kinds import KINDS, ConnectorKind, KindSpec
from portal.domain.errors import Conflict, InvalidInput, NotFound, OutsideUnavailable
from portal.domain.ids import ConnectorId, PolicyId
from portal.domain.policy import CertificateTemplate, DeviceUsagePolicy, SubjectRecipe
from portal.services.connectors import ConnectorDraft, Connectors
from portal.services.devices import DeviceDraft, add_devices
from portal.services.policies import publish
from tests.support.clock import FrozenClock
from tests.support.connectors import KIND, SECRET, a_draft, typed

#: The form of a certificate, and nothing in it.
EMPTY = "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----"


def test_it_is_kept_as_it_was_typed(connectors: Connectors, database: Database) -> None:
    number = connectors.add(a_draft(), actor="admin")
    values = connectors.values(number)
    assert (values.name, values.kind, values.all) == ("enterprise", KIND, typed())
    with database.read() as connection:
        [row] = connector_rows(connection)
        tags = connection.execute(select(AuditEntry.tag, AuditEntry.subject)).all()
    assert (row.name, row.state, row.policies) == ("enterprise", ConnectorState.ACTIVE, ())
    assert [tuple(one) for one in tags] == [(AuditTag.CONNECTOR_ADDED, "connector:enterprise")]


@pytest.mark.parametrize(
    ("draft", "field", "code"),
    [
        (a_draft("main"), "name", "connector_name_taken"),
        (a_draft("Мой УЦ"), "name", "bad_connector_name"),
        (a_draft(" "), "name", "required"),
        (a_draft(poll_minutes="0"), "poll_minutes", "out_of_range"),
        (a_draft(ca_serial="none"), "ca_serial", "bad_serial"),
        (a_draft(password=""), "password", "required"),
        (a_draft(trusted="none"), "trusted", "bad_certificates"),
        (a_draft(trusted=EMPTY), "trusted", "bad_certificates"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_used_is_told_by_field(
    connectors: Connectors, draft: ConnectorDraft, field: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        connectors.add(draft, actor="admin")
    assert error.value.fields == {field: code}


def test_a_name_is_given_once(connectors: Connectors) -> None:
    connectors.add(a_draft(), actor="admin")
    with pytest.raises(InvalidInput) as error:
        connectors.add(a_draft(), actor="admin")
    assert error.value.fields == {"name": "connector_name_taken"}


def test_secrets_lie_sealed_and_are_kept_unless_typed_again(
    connectors: Connectors, database: Database, clock: FrozenClock
) -> None:
    number = connectors.add(a_draft(), actor="admin")
    assert connectors.values(number).secrets == {"password": SECRET}
    with database.read() as connection:
        query = select(Connector.plain, ConnectorSecret.sealed).join_from(Connector, ConnectorSecret)
        [(plain, sealed)] = connection.execute(query)
        card = connector_card(connection, number)
        told = [str(one) for one in connection.execute(select(AuditEntry.particulars)).scalars()]
    assert SECRET not in str(plain) + str(card) + "".join(told) + repr(a_draft()) + repr(connectors.values(number))
    assert SECRET.encode() not in sealed
    assert list(card.secrets) == ["password"]

    clock.advance(minutes=1)
    connectors.change(number, a_draft(poll_minutes="7", password=""), version=1, actor="admin")
    assert connectors.values(number).all == typed(poll_minutes="7")
    with database.read() as connection:
        assert connector_card(connection, number).secrets == card.secrets  # not set anew
        last = connection.execute(select(AuditEntry.particulars).order_by(AuditEntry.id.desc()).limit(1)).scalar_one()
    assert last == {"fields": "poll_minutes"}
    connectors.change(number, a_draft(password="other"), version=2, actor="admin")
    assert connectors.values(number).secrets == {"password": "other"}


def test_a_secret_is_not_carried_to_another_place(connectors: Connectors) -> None:
    number = connectors.add(a_draft(), actor="admin")
    with pytest.raises(InvalidInput) as error:
        connectors.change(number, a_draft(address="https://other.example", password=""), version=1, actor="admin")
    assert error.value.fields == {"password": "secret_elsewhere"}
    connectors.change(number, a_draft(address="https://other.example"), version=1, actor="admin")
    assert connectors.values(number).all == typed(address="https://other.example")


def test_a_secret_that_is_required_is_not_taken_away(connectors: Connectors) -> None:
    number = connectors.add(a_draft(), actor="admin")
    forgetful = replace(a_draft(password=""), forget=frozenset({"password"}))
    with pytest.raises(InvalidInput) as error:
        connectors.change(number, forgetful, version=1, actor="admin")
    assert error.value.fields == {"password": "required"}


def test_an_optional_secret_is_taken_away(connectors: Connectors, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = (Field("address"), Field("password", FieldKind.SECRET, required=False))
    kinds = cast("dict[ConnectorKind, KindSpec]", KINDS)
    monkeypatch.setitem(kinds, KIND, KindSpec(fields, lambda values: complete(fields, values)))
    number = connectors.add(a_draft(), actor="admin")
    assert connectors.values(number).secrets
    connectors.change(number, replace(a_draft(password=""), forget=frozenset({"password"})), version=1, actor="admin")
    assert connectors.values(number).secrets == {}


def test_secrets_nobody_can_open_are_typed_again(connectors: Connectors) -> None:
    number = connectors.add(a_draft(), actor="admin")
    moved = replace(connectors, vault=LocalVault(b"n" * 32))
    with pytest.raises(OutsideUnavailable, match="connector_sealed"):
        moved.values(number)
    with pytest.raises(InvalidInput):
        moved.change(number, a_draft(password=""), version=1, actor="admin")
    moved.change(number, a_draft(), version=1, actor="admin")
    assert moved.values(number).secrets == {"password": SECRET}


def test_the_second_of_two_who_change_it_is_told_who_was_first(connectors: Connectors) -> None:
    number = connectors.add(a_draft(), actor="admin")
    connectors.change(number, a_draft(poll_minutes="10"), version=1, actor="first")
    with pytest.raises(Conflict) as error:
        connectors.change(number, a_draft(poll_minutes="20"), version=1, actor="second")
    assert (error.value.code, error.value.data["by"]) == ("connector_changed", "first")
    assert connectors.values(number).plain["poll_minutes"] == "10"


def test_what_nothing_needs_is_removed_with_its_secrets(connectors: Connectors, database: Database) -> None:
    number = connectors.add(a_draft(), actor="admin")
    connectors.pause(number, actor="admin")
    connectors.resume(number, actor="admin")
    connectors.remove(number, actor="admin")
    with database.read() as connection:
        assert connection.execute(select(ConnectorSecret.field)).all() == []
        assert connector_rows(connection) == ()
        tags = connection.execute(select(AuditEntry.tag).order_by(AuditEntry.id)).scalars().all()
    assert tags == [f"portal:connector:{word}" for word in ("added", "paused", "resumed", "removed")]
    with pytest.raises(NotFound):
        connectors.values(number)


def test_what_a_policy_names_stays(connectors: Connectors, database: Database, clock: FrozenClock) -> None:
    number = connectors.add(a_draft(), actor="admin")
    with database.begin() as connection:
        publish(connection, _policy("enterprise"), actor="admin", now=clock.now())
    assert _kept_because(connectors, number) == "policy"
    with database.read() as connection:
        [row] = connector_rows(connection)
    assert [use.name for use in row.policies] == ["VPN"]


def test_what_issued_a_certificate_that_lives_stays(
    connectors: Connectors, database: Database, clock: FrozenClock
) -> None:
    number = connectors.add(a_draft(), actor="admin")
    values = {"kind": CertificateKind.MANAGED, "status": CertificatePlace.WRITTEN, "ca": "enterprise"}
    with database.begin() as connection:
        [device] = add_devices(connection, [DeviceDraft("0123")], clock.now())
        row = {"device_id": device, "fingerprint": "ab" * 32, "created_at": clock.now(), **values}
        connection.execute(insert(Certificate).values(**row))
    assert _kept_because(connectors, number) == "certificates"


def _kept_because(connectors: Connectors, number: ConnectorId) -> str:
    with pytest.raises(Conflict) as error:
        connectors.remove(number, actor="admin")
    assert error.value.code == "connector_in_use"
    return error.value.data["by"]


def _policy(ca: str) -> DeviceUsagePolicy:
    recipe = SubjectRecipe((("CN", "{cn}"),))
    key = TemplateKey(ca, "vpn", Purpose.AUTHENTICATE)
    template = CertificateTemplate(key, "VPN", KeyAlgorithm.EC_P256, recipe, renewal_window=timedelta(days=30))
    return DeviceUsagePolicy(PolicyId(0), 0, "VPN", (template,))

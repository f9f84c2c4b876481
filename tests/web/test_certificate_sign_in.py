"""Signing in with the certificate on a token: whose it is, and everything that keeps it from opening the door."""

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.bootstrap import BUILTIN_CA, Portal
from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.setup import create_authority
from portal.db.models import Account, AuditEntry, Connector, Person
from portal.domain.accounts import Grantor, RoleDraft
from portal.domain.audit import AuditTag
from portal.domain.certificate import CertificateKind, KeyAlgorithm, Purpose, Revocation
from portal.domain.device import DeviceState
from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import ConnectorId
from portal.domain.outcomes import Done
from portal.domain.permissions import Permission
from portal.domain.reach import EVERYTHING
from portal.ports.certificate_authority import RevocationOrder
from portal.ports.connectors import ConnectorValues
from portal.services.sessions import Visitor
from portal.web.front import ADDRESS_HEADER, CERTIFICATE_HEADER, SECRET_HEADER
from tests.support.certificates import LABEL, NAME, Held, a_way, become, become_device, written
from tests.support.clock import FrozenClock
from tests.support.pki import CA_SUBJECT
from tests.web.conftest import Filled
from tests.web.visits import Visit
from tests.web.world import World

PLACE = "https://localhost:9443"
BEGIN = f"/sign-in/with/{NAME}"


@pytest.fixture
def authority(portal: Portal) -> BuiltinAuthority:
    return create_authority(portal.ca_place, BUILTIN_CA, subject=CA_SUBJECT, algorithm=KeyAlgorithm.EC_P256)


@pytest.fixture
def held(portal: Portal, authority: BuiltinAuthority, world: World) -> Held:
    """The holder's, and the way in is switched on."""
    portal.connectors.add(a_way(PLACE), actor="admin")
    return written(portal, authority, world.belyaeva)


def show(visit: Visit, certificate: str, wanted: str = "", **headers: str) -> str:
    """Go where certificates are asked for and show this one: where it leads."""
    there = visit.client.get(BEGIN, query_string={"next": wanted}).headers["Location"]
    assert there.startswith(f"{PLACE}/sign-in/certificate/{NAME}?state=")
    parts = urlsplit(there)
    told = {
        SECRET_HEADER: visit.portal.settings.certificate_secret(),
        CERTIFICATE_HEADER: quote(certificate),
        ADDRESS_HEADER: "10.1.2.3",
        **headers,
    }
    return visit.client.get(f"{parts.path}?{parts.query}", headers=told).headers["Location"]


def why(location: str) -> str:
    return parse_qs(urlsplit(location).query).get("why", [""])[0]


def log(portal: Portal, tag: AuditTag) -> dict[str, Any]:
    with portal.database.read() as connection:
        query = select(AuditEntry.particulars).where(AuditEntry.tag == tag).order_by(AuditEntry.id.desc())
        return dict(connection.execute(query.limit(1)).scalar_one())


def test_the_holder_comes_in_and_goes_on(stranger: Visit, held: Held, portal: Portal) -> None:
    page = stranger.page("/sign-in").text
    assert LABEL in page
    assert f'href="{BEGIN}"' in page
    assert show(stranger, held.pem, "/my/devices") == f"{portal.settings.base_url}/my/devices"
    assert "вход по сертификату" in stranger.page("/profile/").text
    said = log(portal, AuditTag.ACCOUNT_SIGNED_IN)
    assert (said["way"], said["through"], said["serial"]) == ("certificate", NAME, held.serial)
    assert said["address"] == "10.1.2.3"


def test_nobody_but_the_web_server_tells_of_certificates(stranger: Visit, held: Held, portal: Portal) -> None:
    for secret in ("", "guessed", portal.settings.front_secret()):
        assert why(show(stranger, held.pem, **{SECRET_HEADER: secret})) == "lost"
        assert stranger.client.get("/sign-in/certificate/ready", headers={SECRET_HEADER: secret}).status_code == 403
    assert stranger.page("/profile/").status_code == 303
    secret = portal.settings.certificate_secret()
    assert stranger.client.get("/sign-in/certificate/ready", headers={SECRET_HEADER: secret}).status_code == 204
    named = {SECRET_HEADER: secret, CERTIFICATE_HEADER: quote(held.pem)}
    begun_elsewhere = stranger.client.get(f"/sign-in/certificate/{NAME}?state=made-up", headers=named)
    assert why(begun_elsewhere.headers["Location"]) == "lost"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"revocation": Revocation.REVOKED}, "revoked_certificate"),
        ({"revocation": Revocation.ON_HOLD}, "held_certificate"),
        ({"purpose": Purpose.SIGN}, "other_certificate"),
        ({"kind": CertificateKind.TRACKED}, "unknown_certificate"),
        ({"kind": CertificateKind.COMMON}, "unknown_certificate"),
        ({"fingerprint": "0" * 64}, "unknown_certificate"),
        ({"status": "removed"}, "unknown_certificate"),
    ],
    ids=["revoked", "on-hold", "another-purpose", "only-watched", "of-many", "another", "taken-off"],
)
def test_a_certificate_that_opens_nothing(
    stranger: Visit, held: Held, portal: Portal, changes: dict[str, Any], expected: str
) -> None:
    become(portal, held, **changes)
    location = show(stranger, held.pem)
    assert why(location) == expected
    assert stranger.page(location.removeprefix(portal.settings.base_url)).status_code == 403
    assert log(portal, AuditTag.ACCOUNT_SIGN_IN_FAILED)["why"] == expected


@pytest.mark.parametrize("shown", ["", "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----", "rubbish"])
def test_what_is_no_certificate(stranger: Visit, held: Held, shown: str) -> None:
    assert held.pem
    assert why(show(stranger, shown)) == ("no_certificate" if not shown else "unknown_certificate")
    assert why(show(stranger, held.pem * 2)) == "unknown_certificate"


@pytest.mark.parametrize("state", [DeviceState.DISABLED, DeviceState.REVOKED, DeviceState.CLEAN])
def test_a_token_that_is_not_in_use(stranger: Visit, held: Held, portal: Portal, state: DeviceState) -> None:
    become_device(portal, held, state=state)
    assert why(show(stranger, held.pem)) == "disabled_device"


def test_whoever_has_left_or_is_closed_out(stranger: Visit, held: Held, portal: Portal, world: World) -> None:
    with portal.database.begin() as connection:
        connection.execute(update(Account).where(Account.person_id == world.belyaeva).values(active=False))
    assert why(show(stranger, held.pem)) == "closed"
    with portal.database.begin() as connection:
        connection.execute(update(Person).where(Person.id == world.belyaeva).values(active=False))
    assert why(show(stranger, held.pem)) == "closed"


def test_time_decides(stranger: Visit, held: Held, clock: FrozenClock) -> None:
    clock.advance(days=-30)
    assert why(show(stranger, held.pem)) == "early_certificate"
    clock.advance(days=5000)
    assert why(show(stranger, held.pem)) == "expired_certificate"


def test_the_authority_is_asked_what_the_portal_has_not_heard_yet(
    stranger: Visit, held: Held, portal: Portal, authority: BuiltinAuthority, clock: FrozenClock
) -> None:
    assert why(show(stranger, held.pem)) == ""
    assert isinstance(authority.revoke(RevocationOrder("r", held.serial)), Done)
    clock.advance(minutes=2)
    assert why(show(stranger, held.pem)) == "revoked_certificate"


def test_while_the_authority_is_away_what_is_known_counts(stranger: Visit, held: Held, portal: Portal) -> None:
    def away(_name: str) -> None:
        raise OutsideUnavailable("ca_unavailable")

    portal.certificate_sign_in.authorities = type("Away", (), {"get": staticmethod(away)})()
    assert why(show(stranger, held.pem)) == ""


def test_somebody_without_an_account_gets_one(
    stranger: Visit, held: Held, portal: Portal, authority: BuiltinAuthority, world: World
) -> None:
    assert held.pem
    with portal.database.begin() as connection:
        connection.execute(update(Account).where(Account.person_id == world.stranger).values(person_id=None))
    assert why(show(stranger, written(portal, authority, world.stranger).pem)) == ""
    with portal.database.read() as connection:
        assert connection.execute(select(Account.role).where(Account.login == "p.stranger")).scalar_one() == "employee"


def test_who_may_come_so_is_chosen(
    stranger: Visit, held: Held, portal: Portal, authority: BuiltinAuthority, world: World
) -> None:
    portal.connectors.change(ConnectorId(1), a_way(PLACE, administrators=""), version=1, actor="admin")
    assert why(show(stranger, written(portal, authority, world.vorontsov).pem)) == "not_allowed"
    assert why(show(stranger, held.pem)) == ""
    portal.connectors.pause(ConnectorId(1), actor="admin")
    assert LABEL not in stranger.page("/sign-in").text
    assert stranger.page(BEGIN).status_code == 403


def test_tries_are_slowed_down(stranger: Visit, held: Held) -> None:
    assert held.pem
    reasons = [why(show(stranger, "")) for _try in range(12)]
    assert (reasons[0], reasons[-1]) == ("no_certificate", "throttled")


def test_it_is_set_up_as_other_connectors_are(admin: Visit, portal: Portal) -> None:
    draft = a_way(PLACE, employees="", administrators="")
    answer = admin.post("/admin/connectors/new?kind=signin.certificate", {"name": NAME, **draft.typed})
    assert (answer.status_code, "Кто-то должен так входить" in answer.text) == (422, True)
    answer = admin.post("/admin/connectors/new?kind=signin.certificate", {"name": NAME, **a_way(PLACE).typed})
    assert answer.status_code == 303
    with portal.database.read() as connection:
        plain = connection.execute(select(Connector.plain)).scalar_one()
    assert plain["address"] == PLACE
    values = ConnectorValues(draft.kind, NAME, {**plain, "address": "https://127.0.0.1:1"})
    assert [line.ok for line in portal.connector_trial.check(values)] == [False]


def test_who_judges_sign_ins_is_chosen_by_those_who_manage_accounts(app: Flask, portal: Portal, filled: Filled) -> None:
    by = Grantor(filled.accounts["administrator"], "administrator", frozenset(Permission), EVERYTHING)
    role = portal.roles.create(RoleDraft("Сети", "", frozenset({Permission.CONNECTORS_MANAGE})), by=by)
    with portal.database.begin() as connection:
        connection.execute(update(Account).where(Account.login == "operator").values(role=role))
        token = portal.sessions.open(connection, filled.accounts["operator"], Visitor(), portal.clock.now())
    visit = Visit(app.test_client(), portal)
    visit.client.set_cookie(portal.settings.session_cookie, token)
    page = "/admin/connectors/new?kind="
    assert visit.post(f"{page}signin.certificate", {"name": NAME, **a_way(PLACE).typed}).status_code == 403
    assert visit.post(f"{page}directory.ldap", {"name": "ad", "sign_in": "y"}).status_code == 403
    assert visit.post(f"{page}directory.ldap", {"name": "ad"}).status_code == 422
    with portal.database.read() as connection:
        assert connection.execute(select(Connector.id)).all() == []

"""Every route declares what it demands; each role gets what its permissions say, strangers are led to the sign-in."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask

from portal.app import create_app
from portal.bootstrap import Portal
from portal.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from portal.settings import Settings
from portal.web.access import PUBLIC, demand_of
from tests.web.visits import HTMX, Visit

#: Public on purpose; a route that is added here needs a reason.
OPEN_TO_ALL = {
    "static",
    "assets.vendor",
    "auth.open_session",
    "auth.sign_in",
    "auth.sign_out",
    "health.health",
    "pki.ca_certificate",
    "pki.crl",
    "pki.ocsp",
    "pki.ocsp_by_address",
    "preferences.language",
    "preferences.theme",
    "root",
}
VALUES = {"device_id": 1, "person_id": 1, "update_id": 1, "name": "htmx.js", "filename": "favicon.svg"}


@dataclass(frozen=True, slots=True)
class Route:
    """One way into the application."""

    endpoint: str
    method: str
    address: str
    demand: object


def routes(app: Flask) -> list[Route]:
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            values = {name: VALUES.get(name, "x") for name in rule.arguments}
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                demand = demand_of(app.view_functions[rule.endpoint])
                found.append(Route(rule.endpoint, method, rule.build(values, append_unknown=False)[1], demand))  # type: ignore[index]
    return found


@pytest.fixture
def guarded(app: Flask) -> list[Route]:
    return [route for route in routes(app) if route.demand is not PUBLIC]


def test_every_route_declares_its_demand(app: Flask) -> None:
    assert {route.endpoint for route in routes(app) if route.demand is PUBLIC} == OPEN_TO_ALL
    rest = [route for route in routes(app) if route.demand is not PUBLIC]
    assert all(isinstance(route.demand, Permission) for route in rest)


def test_a_route_that_declares_nothing_is_refused(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    response = app.test_client().get("/forgotten")
    assert response.status_code == 500
    assert "secret" not in response.text


def test_strangers_are_led_to_the_sign_in(stranger: Visit, guarded: list[Route]) -> None:
    for route in guarded:
        response = stranger.client.open(route.address, method=route.method)
        assert (response.status_code, response.headers["Location"].split("?")[0]) == (303, "/sign-in"), route
        fragment = stranger.client.open(route.address, method=route.method, headers=HTMX)
        assert (fragment.status_code, fragment.headers["HX-Redirect"].split("?")[0]) == (401, "/sign-in"), route
        assert not fragment.data


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.EMPLOYEE])
def test_each_role_gets_what_it_may(sign_in: Callable[[str], Visit], guarded: list[Route], role: Role) -> None:
    visit = sign_in(role.value)
    token = visit.token()
    for route in guarded:
        data = {"csrf_token": token} if route.method == "POST" else None
        response = visit.client.open(route.address, method=route.method, data=data)
        allowed = route.demand in ROLE_PERMISSIONS[role]
        assert (response.status_code == 403) is not allowed, (route, response.status)
        assert response.status_code < 500, (route, response.status)


def test_a_refusal_names_the_permission(auditor: Visit) -> None:
    response = auditor.page("/admin/devices/1/updates/new")
    assert "обновлять устройства" in response.text
    toast = auditor.fragment("/admin/devices/1/updates/new")
    assert toast.status_code == 403
    assert 'class="toast"' in toast.text


def test_giving_up_a_key_needs_its_own_permission(operator: Visit) -> None:
    response = operator.page("/admin/devices/1/updates/new?drop_history=&drop_history=ab")
    assert response.status_code == 403
    assert "старых ключей" in response.text


def test_a_lost_session_is_lost_at_once(admin: Visit, portal: Portal) -> None:
    assert admin.page("/admin/").status_code == 200
    account = next(one for one in portal.accounts.all() if one.login == "administrator")
    with portal.database.begin() as connection:
        portal.sessions.revoke_all(connection, account.id, portal.clock.now())
    assert admin.page("/admin/").status_code == 303


def test_secure_cookies_behind_tls(portal: Portal, settings_with_tls: Settings) -> None:
    client = create_app(settings_with_tls, portal).test_client()
    response = client.get("/sign-in", base_url="https://keys.example.org")
    (cookie,) = response.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-klyuchnik-form=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert response.headers["Strict-Transport-Security"].startswith("max-age=63072000")


@pytest.fixture
def settings_with_tls(portal: Portal) -> Settings:
    own = {"KLYUCHNIK_DATA_DIR": str(portal.settings.data_dir), "KLYUCHNIK_BASE_URL": "https://keys.example.org"}
    return Settings.from_env({**own, "KLYUCHNIK_REDIS_URL": portal.settings.redis_url})

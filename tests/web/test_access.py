"""What is public, what a refusal says, and what a lost session means; who may go where is told by the matrix."""

import pytest
from flask import Flask, request

from portal.app import create_app
from portal.bootstrap import Portal
from portal.settings import Settings
from portal.web.access import PUBLIC, public
from tests.web.matrix import ways
from tests.web.visits import TOKEN, Visit
from tests.web.world import PASSWORD

#: Public on purpose; a route that is added here needs a reason.
OPEN_TO_ALL = {
    *("auth.begin", "auth.answer", "auth.leave", "auth.ready", "auth.show_certificate", "auth.show_problem"),
    "auth.signed_out",
    "agents_api.ask_ticket",  # proved by a ticket of 256 bits
    "agents_api.enrol",  # proved by a one-time code, or decided by a person
    "agents_api.trust",  # what it tells is public; all of these come through the front only
    "static",
    "assets.vendor",
    "auth.open_session",
    "auth.sign_in",
    "auth.sign_out",
    *("auth.begin", "auth.answer", "auth.leave"),  # who one is shall be proved elsewhere
    *("auth.ready", "auth.show_certificate"),  # of use only through the web server in front
    "auth.show_problem",
    "health.health",
    "cmp.message",
    "est.ca_certificates",
    "est.enroll",
    "est.enroll_again",
    "est.wanted_attributes",
    "pki.ca_certificate",
    "pki.crl",
    "pki.ocsp",
    "pki.ocsp_by_address",
    "preferences.language",
    "preferences.theme",
    "root",
}


def test_what_is_public_is_so_on_purpose(app: Flask) -> None:
    assert {way.rule.endpoint for way in ways(app) if way.demand is PUBLIC} == OPEN_TO_ALL


def test_a_route_that_declares_nothing_is_refused(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    response = app.test_client().get("/forgotten")
    assert response.status_code == 500
    assert "secret" not in response.text


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
    found = TOKEN.search(response.text)
    assert found
    typed = {"login": "operator", "password": PASSWORD, "csrf_token": found.group(1)}
    entered = client.post("/sign-in", data=typed, base_url="https://keys.example.org")
    session = next(one for one in entered.headers.getlist("Set-Cookie") if one.startswith("__Host-klyuchnik="))
    assert all(word in session for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))


@pytest.mark.parametrize(("proxies", "seen"), [("0", "127.0.0.1 localhost"), ("1", "203.0.113.9 elsewhere.example")])
def test_a_proxy_is_believed_only_where_there_is_one(portal: Portal, proxies: str, seen: str) -> None:
    own = {"KLYUCHNIK_DATA_DIR": str(portal.settings.data_dir), "KLYUCHNIK_TRUSTED_PROXIES": proxies}
    app = create_app(Settings.from_env({**own, "KLYUCHNIK_REDIS_URL": portal.settings.redis_url}), portal)
    app.add_url_rule("/seen", "seen", public(lambda: f"{request.remote_addr} {request.host}"))
    said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "elsewhere.example"}
    assert app.test_client().get("/seen", headers=said).text == seen


@pytest.fixture
def settings_with_tls(portal: Portal) -> Settings:
    own = {"KLYUCHNIK_DATA_DIR": str(portal.settings.data_dir), "KLYUCHNIK_BASE_URL": "https://keys.example.org"}
    return Settings.from_env({**own, "KLYUCHNIK_REDIS_URL": portal.settings.redis_url})

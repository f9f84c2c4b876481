"""Signing in and out."""

from contextlib import ExitStack

import pytest

from portal.bootstrap import Portal
from portal.services import passwords
from tests.support.clock import FrozenClock
from tests.web.visits import Visit
from tests.web.world import PASSWORD


def test_the_form(stranger: Visit) -> None:
    page = stranger.page("/sign-in").text
    assert 'autocomplete="current-password"' in page
    assert 'autocomplete="username"' in page
    assert "<nav" not in page


def test_it_leads_where_one_was_going(stranger: Visit) -> None:
    wanted = stranger.page("/admin/devices?reason=any").headers["Location"]
    assert wanted == "/sign-in?next=/admin/devices?reason%3Dany"
    page = stranger.page(wanted).text
    assert 'name="next" value="/admin/devices?reason=any"' in page
    response = stranger.post(
        "/sign-in", {"login": "operator", "password": PASSWORD, "next": "/admin/devices?reason=any"}
    )
    assert response.headers["Location"] == "/admin/devices?reason=any"
    assert stranger.page("/admin/").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "admin",
        "/a\nb",
        "/" + "a" * 800,
    ],
)
def test_only_addresses_of_this_site_are_followed(stranger: Visit, address: str) -> None:
    response = stranger.post("/sign-in", {"login": "operator", "password": PASSWORD, "next": address})
    assert response.headers["Location"] == "/"


def test_a_fragment_brings_its_page_back(stranger: Visit) -> None:
    response = stranger.fragment(
        "/admin/devices/1/card", **{"HX-Current-URL": "http://localhost/admin/people/1?device=1"}
    )
    assert response.headers["HX-Redirect"] == "/sign-in?next=/admin/people/1?device%3D1"


def test_wrong_password_and_unknown_login_sound_alike(stranger: Visit) -> None:
    wrong = stranger.post("/sign-in", {"login": "operator", "password": "wrong password"})
    unknown = stranger.post("/sign-in", {"login": "nobody", "password": "wrong password"})
    assert wrong.status_code == unknown.status_code == 422
    assert "Логин или пароль не подходят." in wrong.text
    assert "Логин или пароль не подходят." in unknown.text
    assert "wrong password" not in wrong.text


def test_empty_fields_are_named(stranger: Visit) -> None:
    response = stranger.post("/sign-in", {"login": "", "password": ""})
    assert response.status_code == 422
    assert "Введите логин" in response.text
    assert "Введите пароль" in response.text
    assert 'aria-invalid="true"' in response.text


def test_guessing_is_slowed_down(stranger: Visit, clock: FrozenClock) -> None:
    for _ in range(4):
        stranger.post("/sign-in", {"login": "operator", "password": "wrong password"})
    slowed = stranger.post("/sign-in", {"login": "operator", "password": PASSWORD})
    assert slowed.status_code == 429
    assert "Слишком много попыток. Подождите" in slowed.text
    assert int(slowed.headers["Retry-After"]) > 0
    clock.advance(minutes=6)
    assert stranger.post("/sign-in", {"login": "operator", "password": PASSWORD}).status_code == 303


def test_signing_in_gives_a_new_session_each_time(stranger: Visit) -> None:
    tokens = set()
    for _ in range(2):
        stranger.post("/sign-in", {"login": "operator", "password": PASSWORD})
        cookie = stranger.client.get_cookie("klyuchnik")
        assert cookie is not None
        assert cookie.http_only
        assert cookie.same_site == "Lax"
        tokens.add(cookie.value)
    assert len(tokens) == 2


def test_signing_out_ends_it_on_the_server(operator: Visit, portal: Portal) -> None:
    cookie = operator.client.get_cookie("klyuchnik")
    assert cookie is not None
    assert operator.post("/sign-out").headers["Location"] == "/sign-in"
    assert portal.sessions.find(cookie.value) is None
    assert operator.page("/admin/").status_code == 303


def test_a_session_ends_when_nobody_clicks(operator: Visit, clock: FrozenClock) -> None:
    clock.advance(minutes=20)
    assert operator.page("/admin/").status_code == 200
    clock.advance(minutes=31)
    assert operator.page("/admin/").status_code == 303


def test_pages_that_ask_by_themselves_are_no_clicks(operator: Visit, clock: FrozenClock) -> None:
    for _ in range(4):
        clock.advance(minutes=10)
        operator.fragment("/admin/devices/1/presence")
    assert operator.page("/admin/").status_code == 303


def test_a_crowd_at_the_door_is_asked_to_come_again(stranger: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    places = passwords.Places(1)
    monkeypatch.setattr(passwords, "_places", places)
    with ExitStack() as crowd:
        for _ in range(passwords.LONGEST_LINE):
            crowd.enter_context(places.waiting())
        assert not places.full()
        crowd.enter_context(places.waiting())
        for _ in range(5):  # and none of these tries is held against anybody
            answer = stranger.post("/sign-in", {"login": "operator", "password": "whatever it is"})
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "3"
    answer = stranger.post("/sign-in", {"login": "operator", "password": "whatever it is"})
    assert answer.status_code == 422

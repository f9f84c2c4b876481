"""Failures in words: a page for a person, a toast for a fragment."""

from base64 import urlsafe_b64encode

import pytest
from flask import Flask

from portal.db.queries.paging import encode
from portal.domain.errors import Conflict, InvalidInput, NotFound, OutsideUnavailable, PolicyForbids, PortalError
from portal.web.access import public
from tests.web.visits import Visit, checked


class UnexpectedError(Exception):
    """Nobody expected this."""


CASES: list[tuple[Exception, int, str]] = [
    (InvalidInput({"after": "bad_cursor"}), 422, "Ничего не изменено"),
    (NotFound("device", id="7"), 404, "Такой записи нет"),
    (Conflict("update_running", by="savin"), 409, "savin"),
    (Conflict("update_over"), 409, "уже закончено"),
    (Conflict("something_else"), 409, "Кто-то успел раньше"),
    (PolicyForbids("device_state", state="revoked"), 409, "Отозвано"),
    (PolicyForbids("no_policy"), 409, "не назначена ни одна политика"),
    (OutsideUnavailable("ca_unavailable"), 503, "не отвечает"),
    (UnexpectedError("PIN 12345678"), 500, ""),
]


@pytest.mark.parametrize(("error", "status", "words"), CASES, ids=lambda value: getattr(value, "code", None))
def test_each_kind_has_its_answer(app: Flask, admin: Visit, error: Exception, status: int, words: str) -> None:
    def fail() -> str:
        raise error

    app.add_url_rule("/fails", "fails", public(fail))
    page, toast = admin.page("/fails"), admin.fragment("/fails")
    assert page.status_code == toast.status_code == status
    assert page.text.lstrip().startswith("<!doctype html>")
    assert 'class="toast"' in toast.text
    assert words in toast.text
    # whichever part of an answer was asked for: a toast goes to the toasts, and the address stays
    told = {name: toast.headers.get(f"HX-{name}") for name in ("Retarget", "Reswap", "Reselect", "Push-Url")}
    assert told == {"Retarget": "#toasts", "Reswap": "afterbegin", "Reselect": "unset", "Push-Url": "false"}
    checked(page.text)


def test_our_own_mistakes_show_a_number_only(app: Flask, admin: Visit) -> None:
    def fail() -> str:
        raise UnexpectedError("secret")

    app.add_url_rule("/fails", "fails", public(fail))
    page = admin.page("/fails").text
    assert "secret" not in page
    assert "UnexpectedError" not in page
    assert "<code>" in page


@pytest.mark.parametrize(("address", "status"), [("/nothing", 404), ("/admin/devices/x", 404)])
def test_unknown_addresses(admin: Visit, stranger: Visit, address: str, status: int) -> None:
    for visit in (admin, stranger):
        assert visit.page(address).status_code == status
        assert visit.fragment(address).status_code == status


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/admin/accounts/new?person=" + "9" * 40, 200),
        ("/admin/policies/new?like=" + "9" * 40, 200),
        ("/admin/devices?before=0001-01-01", 422),
        ("/admin/updates?after=" + encode(10**30), 422),
        ("/admin/people?after=" + encode("a\0", 1), 422),
        ("/admin/people?after=" + urlsafe_b64encode(b"[" * 5000).decode(), 422),
    ],
)
def test_what_no_database_and_no_calendar_takes(admin: Visit, address: str, status: int) -> None:
    assert admin.page(address).status_code == status


def test_versions_and_people_nobody_has(admin: Visit) -> None:
    typed = {"name": "x", "role": "operator", "active": "y", "version": "9" * 30}
    assert admin.post("/admin/accounts/2", typed).status_code == 409
    assert admin.post("/admin/devices/1/assignment", {"person": "x"}).status_code == 404
    assert admin.post("/admin/devices/1/assignment", {"person": "1", "version": "9" * 5000}).status_code == 409


def test_a_wrong_method_is_told(admin: Visit) -> None:
    response = admin.post("/admin/search")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_too_much_is_refused(admin: Visit) -> None:
    assert admin.post("/theme", {"theme": "x" * 300_000}).status_code == 413


def test_english_is_spoken_when_chosen(admin: Visit) -> None:
    assert admin.post("/language", {"language": "en", "next": "/admin/devices"}).headers["Location"] == "/admin/devices"
    page = admin.page("/admin/devices").text
    assert 'lang="en"' in page
    assert "A certificate expires in 5 days" in page
    assert admin.post("/language", {"language": "xx"}).status_code == 400


def test_the_theme_is_kept(admin: Visit) -> None:
    admin.post("/theme", {"theme": "dark", "next": "https://evil.example"})
    assert 'data-theme="dark"' in admin.page("/admin/").text


def test_kinds_are_all_mapped() -> None:
    from portal.web.errors import status_of

    assert all(status_of(error) != 500 for error, _status, _words in CASES if isinstance(error, PortalError))

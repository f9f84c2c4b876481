"""Remembered addresses are the ones Flask itself would build."""

import pytest
from flask import Flask, url_for

from portal.web.addresses import AddressBook, numbered

ADDRESSES = [
    ("admin.show_device", {"device_id": 7}),
    ("admin.show_device", {"device_id": 70_000_000_001}),
    ("admin.devices", {}),
    ("admin.devices", {"q": "Иванов {x}", "state": "issued"}),
    ("admin.devices", {"page": 3}),
    ("admin.devices", {"from": "2026-01-01T00:00:00+00:00", "q": "a&b=c/d ?~é"}),
    ("admin.devices", {"q": None}),
    ("admin.devices", {"tag": ["a", "b"]}),
    ("static", {"filename": "icons.svg"}),
    ("assets.vendor", {"name": "htmx.js"}),
    ("admin.show_update", {"update_id": 5, "_anchor": "steps"}),
    ("admin.show_update", {"update_id": 5, "_external": True}),
]


@pytest.mark.parametrize(("endpoint", "values"), ADDRESSES)
@pytest.mark.parametrize("root", ["", "/keys", "/{keys}"])
def test_a_remembered_address_is_the_general_one(
    app: Flask, endpoint: str, values: dict[str, object], root: str
) -> None:
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
        general = Flask.url_for(app, endpoint, **values)  # type: ignore[arg-type]
        assert [app.url_for(endpoint, **values) for _ in range(2)] == [general, general]  # type: ignore[arg-type]


@pytest.mark.parametrize(("endpoint", "values"), ADDRESSES)
def test_asked_the_usual_way_an_address_is_the_same(app: Flask, endpoint: str, values: dict[str, object]) -> None:
    with app.test_request_context("/"):
        general = Flask.url_for(app, endpoint, **values)  # type: ignore[arg-type]
        assert [url_for(endpoint, **values) for _ in range(2)] == [general, general]  # type: ignore[arg-type]


def test_an_address_asked_for_again_is_not_built_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.test_request_context("/"):
        first = url_for("admin.devices", q="a"), url_for("admin.show_device", device_id=1), url_for("admin.people")
        monkeypatch.setattr(Flask, "url_for", lambda *_arguments, **_values: "")
        again = url_for("admin.devices", q="a"), url_for("admin.show_device", device_id=1), url_for("admin.people")
    assert again == first


def test_the_application_remembers_addresses(app: Flask) -> None:
    assert isinstance(app, AddressBook)


@pytest.mark.parametrize("root", ["", "/keys"])
def test_the_addresses_of_rows_are_the_general_ones(app: Flask, root: str) -> None:
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
        address = numbered("admin.show_device", "device_id")
        assert [address(one) for one in (1, 70_000)] == [
            Flask.url_for(app, "admin.show_device", device_id=one) for one in (1, 70_000)
        ]

"""The real page frame with small pages in it: what the style sheets and scripts do, without the product behind."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final

from flask import Flask, Response, render_template
from flask_babel import Babel
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, DictLoader, StrictUndefined
from werkzeug.serving import make_server

from portal.web.assets import init_assets
from portal.web.drawing import init_drawing
from portal.web.security_headers import HEADERS
from portal.web.shell import AccountName, NavGroup, NavItem
from tests.support.waiting import PATIENCE

ROWS: Final = """
{% extends "admin/base.html" %}
{% from "shared/data.html" import bare_serial, serial %}
{% from "shared/buttons.html" import link_button %}
{% block title %}Rows{% endblock %}
{% block content %}
<h1>Rows</h1>
<div class="table-box"><table class="table"><caption>Devices</caption>
  <thead><tr><th scope="col">Holder</th><th scope="col">Serial</th><th scope="col">Action</th></tr></thead>
  <tbody>{% for number in (1, 2, 3) %}<tr data-row>
    <th scope="row"><a class="row-link" data-row-target id="row-{{ number }}" href="/rows">Holder {{ number }}</a></th>
    <td>{{ serial("100" ~ number) }}{{ bare_serial("200" ~ number, "bare-" ~ number) }}</td>
    <td class="act">{{ link_button("Update", "/rows", attrs={"id": "update-" ~ number, "data-row-action": true,
      "data-hx-get": "/dialog", "data-hx-target": "#dialogs", "data-hx-push-url": "/rows?open=1"}) }}</td>
  </tr>{% endfor %}</tbody></table></div>
<p data-opens data-hx-push-url="true" data-hx-inherit="hx-push-url">
  <a class="button" id="listed" href="/dialog">Listed</a></p>
<details class="device" id="lazy" data-lazy data-param="device" data-value="7"
  data-hx-get="/card" data-hx-trigger="load-card" data-hx-target="find .device__body">
  <summary>Device</summary><div class="device__body"></div></details>
<button type="button" id="refuse" data-hx-get="/refused">Refuse</button>
<button type="button" id="break" data-hx-get="/broken">Break</button>
<button type="button" id="break-late" data-hx-get="/broken-late">Break late</button>
{% endblock %}
"""
DIALOG: Final = """
{% from "shared/dialog.html" import dialog %}
{% call dialog("the-dialog", "Update", "/rows") %}
<div class="dialog__step" id="progress" data-sse-connect="/events" data-sse-swap="progress" data-sse-close="end">
  {% set number = 0 %}{% include "_body.html" %}
</div>
<button type="button" data-hx-get="/refused">Refuse inside</button>
<div id="answer"><button type="button" data-hx-get="/refused-late">Refuse late</button></div>
<button type="button" data-hx-get="/late" data-hx-target="#progress" data-hx-replace-url="true">Ask late</button>
{% endcall %}
"""
BODY: Final = """
<div class="dialog__body">
  <ol class="steps">{% for line in range(60) %}<li>Step {{ line }}</li>{% endfor %}</ol>
  <button type="button">Stay here</button>
  <p data-announce="step {{ number }}">step {{ number }}</p>
</div>
"""
NUMBER: Final = "@@"
TOAST: Final = SimpleNamespace(kind="problem", title="Somebody was first", text="Nothing was changed.")


@dataclass(slots=True)
class Look:
    """The running frame, and how often each fragment was asked for."""

    url: str
    asked: list[str]
    gate: threading.Event

    @contextmanager
    def late(self) -> Iterator[None]:
        """What answers late waits until this is over."""
        self.gate.clear()
        try:
            yield
        finally:
            self.gate.set()


def _shell() -> SimpleNamespace:
    nav = (NavGroup("", (NavItem("Rows", "/rows", "device", current=True),)),)
    account = AccountName("Olga Krylova", "Operator")
    hrefs = ("home", "search", "suggest", "theme", "language", "profile", "sign_out")
    addresses = {f"{name}_href": f"/{name}" for name in hrefs}
    return SimpleNamespace(
        language="en",
        theme="auto",
        nav=nav,
        account=account,
        query="",
        here="/rows",
        version="1",
        other=None,
        **addresses,
    )


def _app(asked: list[str], gate: threading.Event) -> Flask:
    app = Flask("portal", static_folder="static", static_url_path="/assets/own")
    app.config.update(SECRET_KEY="look", WTF_CSRF_SSL_STRICT=False)
    pages = DictLoader({"rows.html": ROWS, "_dialog.html": DIALOG, "_body.html": BODY})
    app.jinja_options = {
        "loader": ChoiceLoader([pages, app.create_global_jinja_loader()]),
        "undefined": StrictUndefined,
    }
    Babel(app, default_locale="en")
    CSRFProtect(app)
    init_assets(app)
    init_drawing(app)
    app.after_request(_with_headers)
    app.add_url_rule("/rows", "rows", lambda: render_template("rows.html", shell=_shell()))
    app.add_url_rule("/dialog", "dialog", lambda: render_template("_dialog.html"))
    app.add_url_rule("/refused", "refused", lambda: (render_template("shared/_toast.html", toast=TOAST), 409))
    app.add_url_rule("/broken-late", "broken_late", lambda: (_late(gate), 502))
    app.add_url_rule("/refused-late", "refused_late", lambda: _refused_late(gate))
    app.add_url_rule("/broken", "broken", lambda: ("<h1>502 Bad Gateway</h1>", 502))
    app.add_url_rule("/suggest", "suggest", lambda: '<ul><li><a href="/rows">Belyaeva</a></li></ul>')
    app.add_url_rule("/late", "late", lambda: _late(gate))
    app.add_url_rule("/events", "events", lambda: Response(_events(_body()), mimetype="text/event-stream"))
    app.add_url_rule("/card", "card", lambda: _card(asked))
    return app


def _refused_late(gate: threading.Event) -> tuple[str, int]:
    gate.wait(PATIENCE)
    return render_template("shared/_toast.html", toast=TOAST), 409


def _late(gate: threading.Event) -> str:
    gate.wait(PATIENCE)
    return "Late"


def _card(asked: list[str]) -> str:
    asked.append("card")
    return "The card"


def _body() -> str:
    return render_template("_body.html", number=NUMBER)


def _events(body: str) -> Iterator[str]:
    """For ever: it ends with its reader."""
    pause = threading.Event()
    event = "event: progress\n" + "".join(f"data: {line}\n" for line in body.splitlines()) + "\n"
    for number in itertools.count(1):
        yield event.replace(NUMBER, str(number))
        pause.wait(0.1)


def _with_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


@contextmanager
def running_look() -> Iterator[Look]:
    """Serve the frame on a port of its own."""
    asked: list[str] = []
    gate = threading.Event()
    server = make_server("127.0.0.1", 0, _app(asked, gate), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Look(f"http://127.0.0.1:{server.server_port}", asked, gate)
    finally:
        server.shutdown()
        thread.join(120)

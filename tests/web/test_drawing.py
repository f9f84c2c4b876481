"""Pieces of pages are drawn once, and never shown to somebody they were not drawn for."""

from flask import Flask, render_template_string
from flask_babel import Babel, force_locale
from jinja2 import Environment

from portal.web.drawing import Drawings, init_drawing, memo
from portal.web.translate import gettext

MACROS = """
{%- macro greeting(name) -%}{{ said(name) }}<b title="{{ name }}">{{ word() }}</b>{%- endmacro -%}
"""


class Pen:
    """Counts how often something is drawn."""

    def __init__(self) -> None:
        self.names: list[str] = []
        environment = Environment(autoescape=True)
        environment.globals.update(said=self.said, word=lambda: gettext("Devices"))
        self.greeting = environment.from_string(MACROS).module.greeting  # type: ignore[attr-defined]

    def said(self, name: str) -> str:
        self.names.append(name)
        return ""


def test_a_row_s_piece_is_drawn_once_for_each_value() -> None:
    pen = Pen()
    draw = memo(pen.greeting)
    assert [draw("a"), draw("b"), draw("a")] == [pen.greeting("a"), pen.greeting("b"), pen.greeting("a")]
    assert pen.names[:2] == ["a", "b"]
    assert len(pen.names) == 2 + 3


def test_the_frame_s_piece_is_drawn_once_for_each_value_language_and_root(app: Flask) -> None:
    pen = Pen()
    drawn = Drawings().drawn
    for root in ("", "/keys"):
        for language in ("ru", "en"):
            with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}), force_locale(language):
                assert {"ru": "Устройства", "en": "Devices"}[language] in drawn(pen.greeting, "<Ольга>")
                assert drawn(pen.greeting, "<Ольга>") == pen.greeting("<Ольга>")
                assert "&lt;Ольга&gt;" in drawn(pen.greeting, "<Ольга>")
    assert pen.names == ["<Ольга>"] * 8  # four drawn, four to compare with


def test_an_application_never_shows_what_another_one_drew() -> None:
    page = "{% macro sheet() %}{{ url_for('static', filename='a.css') }}{% endmacro %}{{ drawn(sheet) }}"
    for folder in ("/one", "/two", "/one"):
        app = Flask(__name__, static_url_path=folder)
        Babel(app)
        init_drawing(app)
        with app.test_request_context("/"):
            assert render_template_string(page) == f"{folder}/a.css"

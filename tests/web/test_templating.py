"""Templates compiled our way: whatever a page writes is still escaped, and only once."""

import pytest
from flask import Flask, render_template_string
from markupsafe import Markup, escape

from portal.web import templating
from portal.web.templating import init_templating


class Named:
    def __html__(self) -> str:
        return "<b>own</b>"


@pytest.fixture
def app() -> Flask:
    made = Flask("templating")
    init_templating(made)
    return made


@pytest.mark.parametrize("value", ["Иванов", "", "<b>", "a&b", "it's", '"', ">", 7, None, Markup("<i>x</i>"), Named()])
def test_a_value_is_escaped_as_markupsafe_does_it(value: object) -> None:
    assert templating.escape(value) == str(escape(value))


def test_hostile_values_stay_text_in_pages(app: Flask) -> None:
    source = "{% macro cell(x) %}<td>{{ x }}</td>{% endmacro %}{{ cell(v) }}<a title='{{ v }}'>{{ v ~ '!' }}</a>"
    with app.app_context():
        drawn = render_template_string(source, v="<script>'&\"")
    safe = "&lt;script&gt;&#39;&amp;&#34;"
    assert drawn == f"<td>{safe}</td><a title='{safe}'>{safe}!</a>"


def test_globals_are_those_of_the_application(app: Flask) -> None:
    app.jinja_env.globals["greeting"] = "<hello>"
    with app.app_context():
        assert render_template_string("{{ greeting }} {{ own }}", own=1) == "&lt;hello&gt; 1"

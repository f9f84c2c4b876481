"""Templates compiled our way: whatever a page writes is still escaped, and only once."""

import pytest
from flask import Flask, render_template_string
from jinja2 import pass_context
from jinja2.runtime import Context
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


def test_what_is_called_gets_what_it_asks_for(app: Flask) -> None:
    @pass_context
    def title(context: Context, sign: str) -> str:
        return f"{context['own']}{sign}"

    app.jinja_env.globals.update(title=title, twice=lambda text, times=2: text * times)
    source = "{% for word in ['<a>'] %}{{ title('!') }} {{ twice(word) }} {{ twice('b', times=3) }}{% endfor %}"
    with app.app_context():
        assert render_template_string(source, own="<o>") == "&lt;o&gt;! &lt;a&gt;&lt;a&gt; bbb"


@pytest.mark.parametrize(
    ("macro", "call", "drawn"),
    [
        ("m(a, b='<d>')", "m('<x>')", "[&lt;x&gt;&lt;d&gt;]"),
        ("m(a, b='<d>')", "m('x', 'y')", "[xy]"),
        ("m(a, b='<d>')", "m(b='y', a='x')", "[xy]"),
    ],
)
def test_a_macro_draws_what_it_is_given(app: Flask, macro: str, call: str, drawn: str) -> None:
    source = "{% macro MACRO %}[{{ a }}{{ b }}]{% endmacro %}{% block one %}{{ CALL }}{% endblock %}"
    source = source.replace("MACRO", macro).replace("CALL", call)
    with app.app_context():
        assert render_template_string(source) == drawn


def test_a_macro_takes_a_block_and_whatever_else_it_asks_for(app: Flask) -> None:
    boxed = "{% macro box(x) %}[{{ x }}{{ caller() }}]{% endmacro %}{% call box('<') %}in{% endcall %}"
    many = "{% macro many(x) %}{{ x }}{{ varargs | join }}{{ kwargs.z }}{% endmacro %}{{ many(1, 2, 3, z='>') }}"
    with app.app_context():
        assert render_template_string(boxed + many) == "[&lt;in]123&gt;"


def test_too_many_values_for_a_macro_are_a_mistake(app: Flask) -> None:
    with app.app_context(), pytest.raises(TypeError, match="not more than 1"):
        render_template_string("{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}")

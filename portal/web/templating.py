"""Templates for pages of a thousand small values: what Jinja does with each of them is done in fewer steps."""

import re
from collections.abc import MutableMapping
from typing import Any, Final

from flask import Flask
from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup
from markupsafe import escape as escape_anything

_meant_for_html: Final = re.compile("[&<>'\"]").search


def init_templating(app: Flask) -> None:
    """Compile the templates of this application our way; asked before anything else looks at them."""
    app.jinja_environment = _Pages


def escape(value: object) -> str:
    """The value as it may stand in a page.

    A piece that is about to be joined into a page need not be Markup itself; making it so takes five times as long.
    """
    if type(value) is str:
        return value if _meant_for_html(value) is None else escape_anything(value)
    if type(value) is Markup:
        return value
    return escape_anything(value)


class _Compiler(CodeGenerator):
    """Jinja's own, but what a template writes goes through our function."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802  Jinja's name
        super().visit_Template(node, frame)
        self.writeline(f"from {__name__} import escape")  # in the place of the one imported at the module's head


class _Pages(Environment):
    """Flask's own, with the globals of a template in one mapping: looked through for every import of every request."""

    code_generator_class = _Compiler

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}

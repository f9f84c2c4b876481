"""Templates for pages of a thousand small values: what Jinja does with each of them is done in fewer steps."""

import re
from collections.abc import Callable, MutableMapping
from functools import cache
from types import FunctionType, MethodType
from typing import Any, Final

from flask import Flask
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from markupsafe import Markup
from markupsafe import escape as escape_anything

#: What wants nothing but its values: functions, and what ``memo`` makes of a macro.
_PLAIN: Final = (FunctionType, MethodType, type(cache(escape_anything)))
#: What a page may leave out: the ends of cells, rows, lines and choices before the next one, and what indents a line.
#: In a list of fifty rows that is three kilobytes.
_needless: Final = re.compile(r"</(?:td|th|tr|option|li|dt|dd)>(\n?)|^[ \t]+", re.MULTILINE).sub
_meant_for_html: Final = re.compile("[&<>'\"]").search


def init_templating(app: Flask) -> None:
    """Compile the templates of this application our way; asked before anything else looks at them."""
    app.jinja_environment = _Pages


def _commented(needless: re.Match[str]) -> str:
    """Nothing, but lines of the template keep their numbers."""
    return "{#\n#}" if needless[1] else ""


def escape(value: object) -> str:
    """The value as it may stand in a page.

    A piece that is about to be joined into a page need not be Markup itself; making it so takes five times as long.
    """
    if type(value) is str:
        return value if _meant_for_html(value) is None else escape_anything(value)
    if type(value) is Markup:
        return value
    if type(value) is int:
        return str(value)
    return escape_anything(value)


class _Compiler(CodeGenerator):
    """Jinja's own, but what a template writes goes through our function."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802  Jinja's name
        super().visit_Template(node, frame)
        self.writeline(f"from {__name__} import escape")  # in the place of the one imported at the module's head

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802, FBT001, FBT002
        outside = frame.copy()  # what a loop or a block holds is for functions that ask for a context: we have none
        outside.loop_frame = outside.block_frame = False
        super().visit_Call(node, outside, forward_caller=forward_caller)


class _Values(Context):
    """Jinja's own, but what is called is asked only once what it wants."""

    def call(self, called: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        if type(called) is Macro:
            left = called._argument_count - len(args)  # noqa: SLF001  no other way to draw it as it is
            if left >= 0 and not (named or called.caller or called.catch_kwargs or called.catch_varargs):
                return called._invoke([*args, *[missing] * left], self.eval_ctx.autoescape)  # noqa: SLF001
            return called(self.eval_ctx, *args, **named)
        if type(called) in _PLAIN and not hasattr(called, "jinja_pass_arg"):
            return called(*args, **named)
        return super().call(called, *args, **named)


class _Page(Template):
    """Jinja's own, but with one module for everybody: all our templates have the same globals."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:  # noqa: ARG002
        return super()._get_default_module()


class _Pages(Environment):
    """Flask's own, with the globals of a template in one mapping: looked through for every import of every request."""

    code_generator_class = _Compiler
    context_class = _Values
    template_class = _Page

    def preprocess(self, source: str, name: str | None = None, filename: str | None = None) -> str:
        written = super().preprocess(source, name, filename)
        return _needless(_commented, written) if name and name.endswith(".html") else written

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}

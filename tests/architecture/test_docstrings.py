"""Whoever reads a rule, a port or a use case is told in a sentence what it does."""

import ast

from tests.support.source_tree import Function, functions, judge

TOLD = ("portal/domain", "portal/ports", "portal/services")


def needs_no_words(function: Function) -> bool:
    """An overridden or private function says nothing new; neither does a constructor."""
    return not function.public


def test_public_functions_say_what_they_do() -> None:
    silent = {
        one.key: one.node.lineno
        for one in functions(*TOLD)
        if not needs_no_words(one) and ast.get_docstring(one.node) is None
    }
    judge("docstrings", silent)

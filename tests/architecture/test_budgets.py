"""Budgets on size: a limit is crossed on purpose, with a written reason, or not at all."""

import ast
from statistics import quantiles

from tests.support.source_tree import Function, exceptions, functions, judge, modules, templates

CODE = ("agent", "portal", "jobs")
FACES = ("portal/admin", "portal/selfservice", "portal/agents_api", "portal/pki")
ROUTING = {"get", "post", "put", "patch", "delete", "route"}
PROCESSES = {"worker", "runtime", "sweeper", "presence", "schedule"}  # they run; they are no jobs


def is_view(function: Function) -> bool:
    called = (node.func for node in function.node.decorator_list if isinstance(node, ast.Call))
    return any(isinstance(name, ast.Attribute) and name.attr in ROUTING for name in called)


def is_job(function: Function) -> bool:
    module = function.path.removeprefix("jobs/").removesuffix(".py")
    return function.public and "." not in function.name and module not in PROCESSES


def test_functions_are_short() -> None:
    judge("function length", {one.key: one.lines for one in functions(*CODE) if one.lines > 30})


def test_modules_are_short() -> None:
    judge("module length", {one.path: one.lines for one in modules(*CODE) if one.lines > 250})


def test_most_functions_and_modules_are_much_shorter() -> None:
    assert quantiles((one.lines for one in functions(*CODE)), n=20)[-1] <= 25
    assert quantiles((one.lines for one in modules(*CODE)), n=20)[-1] <= 200


def test_views_only_translate() -> None:
    views = [one for one in functions(*FACES) if is_view(one)]
    judge("view length", {one.key: one.lines for one in views if one.lines > 15})
    judge(
        "view decorators", {one.key: len(one.node.decorator_list) for one in views if len(one.node.decorator_list) > 3}
    )


def test_jobs_are_a_line_or_two() -> None:
    judge("job length", {one.key: one.lines for one in functions("jobs") if is_job(one) and one.lines > 10})


def test_parameters_are_few() -> None:
    judge("parameters", {one.key: len(one.parameters) for one in functions(*CODE) if len(one.parameters) > 6})


def test_parameters_are_named_where_they_are_many() -> None:
    judge("positional parameters", {one.key: one.positional for one in functions(*CODE) if one.positional > 4})


def test_templates_are_short() -> None:
    long = {}
    for path in templates():
        lines = path.read_text().count("\n")
        if lines > (40 if path.name.startswith("_") else 80):
            long[str(path).partition("portal/templates/")[2]] = lines
    judge("template length", long)


def test_every_exception_has_a_reason_and_a_rule() -> None:
    rules = ["function length", "module length", "view length", "view decorators", "job length", "parameters"]
    rules += ["positional parameters", "template length", "docstrings"]
    for rule in rules:
        assert all(len(reason) > 20 for reason in exceptions(rule).values()), f"{rule}: a reason is a sentence"

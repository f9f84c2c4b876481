"""Every way into the application, with made-up values where its address asks for some."""

from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import IntegerConverter, Rule

from portal.web.access import demand_of

NAMED = {"name": "htmx.js", "filename": "favicon.svg"}


@dataclass(frozen=True, slots=True)
class Route:
    """One way into the application."""

    endpoint: str
    method: str
    address: str
    demand: object


def routes(app: Flask) -> list[Route]:
    """Each address with each of its methods."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            built = rule.build(_values(rule), append_unknown=False)
            assert built, rule
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                demand = demand_of(app.view_functions[rule.endpoint])
                found.append(Route(rule.endpoint, method, built[1], demand))
    return found


def _values(rule: Rule) -> dict[str, object]:
    numbered = {name for name, kind in rule._converters.items() if isinstance(kind, IntegerConverter)}
    return {name: 1 if name in numbered else NAMED.get(name, "x") for name in rule.arguments}

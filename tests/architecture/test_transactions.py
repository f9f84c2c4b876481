"""One door to the database: nothing else ends a transaction or forces rows out."""

import ast

from tests.support.source_tree import modules

DOOR = "portal/db/transaction.py"
ENDINGS = {"commit", "rollback", "flush"}


def unexplained(path: str, text: str, tree: ast.Module) -> list[str]:
    lines = text.splitlines()
    return [
        f"{path}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ENDINGS
        and "  # " not in lines[node.lineno - 1]
    ]


def test_transactions_end_at_the_door() -> None:
    """Services open ``Database.begin()``, which commits; a needed flush says on its line why."""
    places = [module for module in modules("portal", "jobs") if module.path != DOOR]
    found = [place for module in places for place in unexplained(module.path, module.text, module.tree)]
    assert not found, f"only {DOOR} commits and rolls back; write the reason on the line of a flush"

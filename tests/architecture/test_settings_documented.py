"""docs/settings.md and portal/settings tell the same story."""

import re
from pathlib import Path

from portal.settings import PREFIX, VARIABLES

ROW = re.compile(r"^\| `(?P<name>[A-Z0-9_]+)` \| (?:`(?P<default>[^`]*)`)? \| (?P<meaning>.+) \|$")
ROOT = Path(__file__).parents[2]


def documented() -> dict[str, str]:
    rows = (ROW.match(line) for line in (ROOT / "docs/settings.md").read_text().splitlines())
    return {row["name"]: row["default"] or "" for row in rows if row}


def test_every_setting_is_documented_with_its_default() -> None:
    assert documented() == {PREFIX + name.upper(): variable.default for name, variable in VARIABLES.items()}

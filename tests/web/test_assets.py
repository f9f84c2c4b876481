"""Assets are kept by browsers for good, so an address changes with what lies behind it, in style sheets, too."""

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.support.source_tree import ROOT

STATIC = ROOT / "portal/static"
SHEETS = sorted((STATIC / "css").glob("*.css"))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_style_sheet_names_files_as_they_are_now(app: Flask, sheet: Path) -> None:
    for name, version in re.findall(r'url\("\.\./([^"?]+)(?:\?v=(\w+))?"\)', sheet.read_text()):
        with app.test_request_context():
            assert app.url_for("static", filename=name).endswith(f"?v={version}"), f"{name} has changed"


def test_the_marks_of_states_are_used_by_a_style_sheet() -> None:
    assert any("../marks.svg?v=" in sheet.read_text() for sheet in SHEETS)

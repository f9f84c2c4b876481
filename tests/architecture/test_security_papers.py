"""What the papers about security name must exist: a requirement is shown by a test that is there."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAPERS: Final = sorted((ROOT / "docs" / "security").glob("*.md"))
TEST: Final = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FILE: Final = re.compile(r"`((?:portal|docs|tests)/[\w/.-]+)`")


def test_every_named_test_exists() -> None:
    named = {found for paper in PAPERS for found in TEST.findall(paper.read_text())}
    assert len(named) > 40
    missing = [f"{file}::{name}" for file, name in named if f"def {name}(" not in (ROOT / file).read_text()]
    assert not missing, f"the papers about security name tests that are gone: {sorted(missing)}"


def test_every_named_file_exists() -> None:
    named = {found for paper in PAPERS for found in FILE.findall(paper.read_text())}
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing, f"the papers about security name files that are gone: {sorted(missing)}"

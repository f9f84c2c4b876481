"""What every page carries of our own, compressed as the wire carries it."""

import gzip
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT

STATIC = ROOT / "portal/static"


def weight(paths: list[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 6)) for path in paths)


@pytest.mark.parametrize(("kind", "limit"), [("css", 15_000), ("js", 25_000)])
def test_styles_and_scripts_stay_light(kind: str, limit: int) -> None:
    paths = sorted(STATIC.rglob(f"*.{kind}"))
    assert paths
    assert weight(paths) <= limit


def test_only_our_own_files_are_served_from_here() -> None:
    """Other people's scripts come from installed packages; a copy would never be mended."""
    assert [path.name for path in STATIC.rglob("*") if ".min." in path.name or "htmx" in path.name] == []

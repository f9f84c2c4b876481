"""What the processes of a run have translated together is what pytest reads."""

from pathlib import Path

import pytest
from _pytest.assertion import rewrite

from tests.support.translated import translate_share

FILES = ("conftest.py", "test_one.py", "deeper/test_two.py", "deeper/test_broken.py")


def made_of(file: Path) -> Path:
    return rewrite.get_cache_dir(file) / (file.stem + rewrite.PYC_TAIL)


def test_together_they_translate_everything_once(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    files = [tmp_path / name for name in FILES]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text("assert 1 == (" if "broken" in file.name else "def test() -> None:\n    assert 1 == 1\n")
    for number in range(3):
        translate_share(pytestconfig, tmp_path, number, 3)
    assert [file.name for file in files if rewrite._read_pyc(file, made_of(file)) is None] == ["test_broken.py"]
    translated = {file: made_of(file).stat().st_mtime_ns for file in files[:3]}
    translate_share(pytestconfig, tmp_path, 0, 1)
    assert {file: made_of(file).stat().st_mtime_ns for file in files[:3]} == translated

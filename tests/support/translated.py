"""The processes of a run translate the files of tests together: else each translates all, where nobody has done so yet.

What pytest makes of a test file lies beside it afterwards, whoever made it.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from _pytest.assertion import rewrite

_STATE: Final = rewrite.assertstate_key


def translate_share(config: pytest.Config, folder: Path, number: int, processes: int) -> None:
    """The share of the process with this number; what cannot be translated, the collection will tell."""
    files = sorted(file for name in ("test_*.py", "conftest.py") for file in folder.rglob(name))
    for file in files[number::processes]:
        with suppress(OSError, SyntaxError):
            _translate(config, file)


def _translate(config: pytest.Config, file: Path) -> None:
    made = rewrite.get_cache_dir(file) / (file.stem + rewrite.PYC_TAIL)
    if made.exists() and made.stat().st_mtime > file.stat().st_mtime:
        return
    made.parent.mkdir(exist_ok=True)
    known, code = rewrite._rewrite_test(file, config)
    rewrite._write_pyc(config.stash[_STATE], code, known, made)

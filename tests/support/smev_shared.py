"""Where the official schemas and the recorded answers of СМЭВ lie, if they lie anywhere."""

import os
from pathlib import Path

import pytest


def shared_smev() -> Path | None:
    """The folder named by KLYUCHNIK_SMEV_SCHEMAS, else ``shared/smev`` beside the project."""
    named = os.environ.get("KLYUCHNIK_SMEV_SCHEMAS")
    found = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "smev"
    return found if found.is_dir() else None


def needed_smev() -> Path:
    """The same folder; the test that needs it is passed over where it is not."""
    found = shared_smev()
    if found is None:
        pytest.skip("the official schemas are not here")
    return found

"""A job that notes which process does it."""

import os
from pathlib import Path


def who(file: str) -> None:
    """Add the number of this process to the file."""
    with Path(file).open("a", encoding="utf-8") as notes:
        notes.write(f"{os.getpid()}\n")

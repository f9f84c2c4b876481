"""The package ``adapter-client`` in its own environment: its schemas, and its client as a program."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from tests.support.processes import RigError
from tests.support.source_tree import ROOT

_PLACE = ROOT / ".venv" / "adapter-client"
_SCHEMAS = "lib/python3*/site-packages/adapter_client/adapters/smev/interfaces/soap/schema"


@cache
def adapter_schema() -> etree.XMLSchema:
    """The types of the adapter's service."""
    found = [path for path in _PLACE.glob(f"{_SCHEMAS}/smev-service-adapter-types.xsd") if path.is_file()]
    if not found:
        raise RigError("the package adapter-client is not installed: run bin/setup")
    return etree.XMLSchema(etree.parse(found[0]))


def adapter_client(address: str, system: str, *order: str) -> dict[str, Any]:
    """What its client says after ``send ID XML``, ``find ID`` or ``get``."""
    driver = Path(__file__).with_name("adapter_package_driver.py")
    command: list[str | Path] = [_PLACE / "bin" / "python", driver, address, system, *order]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode != 0:
        raise RigError(done.stderr[-2000:])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer

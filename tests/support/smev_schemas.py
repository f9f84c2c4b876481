"""The official schemas of kinds of information, where they lie beside the project: read for tests, never copied in."""

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from lxml import etree

from tests.support.smev_shared import needed_smev


@cache
def kind_schema(path: str) -> etree.XMLSchema:
    """The schema at this path under ``kinds``; the test is skipped where the schemas are not at hand."""
    shared = needed_smev()
    folder, name = path.split("/")
    with TemporaryDirectory() as place:
        copied = Path(shutil.copytree(shared / "kinds" / folder, Path(place) / folder))
        for schema in copied.rglob("*.xsd"):
            _repair(schema)
        return etree.XMLSchema(etree.parse(copied / name))


def _repair(schema: Path) -> None:
    """Some are published in another encoding than they declare."""
    raw = schema.read_bytes()
    try:
        raw.decode()
    except UnicodeDecodeError:
        schema.write_bytes(raw.replace(b'encoding="UTF-8"', b'encoding="windows-1251"', 1))

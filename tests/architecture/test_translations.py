"""Every sentence people can meet has its Russian words, with the same placeholders."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from tests.support.source_tree import ROOT

RUSSIAN = ROOT / "portal/translations/ru/LC_MESSAGES/messages.po"
KEYWORDS = ("_l", "lazy_gettext", "lazy_ngettext:1,2", "lazy_pgettext:1c,2")
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd]|{\w*}")


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What the code and the templates say, as the translation tool finds it."""
    target = tmp_path_factory.mktemp("words") / "messages.pot"
    keywords = [part for keyword in KEYWORDS for part in ("-k", keyword)]
    command = [str(Path(sys.executable).with_name("pybabel")), "-q", "extract", "-F", "pyproject.toml", *keywords]
    done = subprocess.run(
        [*command, "-o", str(target), "."], cwd=ROOT, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr
    with target.open("rb") as file:
        return read_po(file)


@cache
def russian() -> Catalog:
    with RUSSIAN.open("rb") as file:
        return read_po(file, locale="ru")


@pytest.fixture
def said(extracted: Catalog) -> list[Message]:
    found = [message for message in extracted if message.id]
    assert found, "nothing was found to translate"
    return found


def forms(message: Message) -> tuple[str, ...]:
    words = message.string
    return tuple(words) if isinstance(words, list | tuple) else (words or "",)


def translated(message: Message) -> Message | None:
    key = message.id[0] if isinstance(message.id, list | tuple) else message.id
    found = russian().get(key, context=message.context)
    return found if found and not found.fuzzy and all(forms(found)) else None


def test_every_sentence_is_translated(said: list[Message]) -> None:
    assert [message.id for message in said if translated(message) is None] == []


def test_no_translation_is_left_over(said: list[Message]) -> None:
    keys = {(message.id, message.context) for message in said}
    assert [message.id for message in russian() if message.id and (message.id, message.context) not in keys] == []


def test_placeholders_survive_translation(said: list[Message]) -> None:
    broken = []
    for message in said:
        found = translated(message)
        english = message.id if isinstance(message.id, list | tuple) else (message.id,)
        expected = set(PLACEHOLDER.findall(english[-1]))
        if found and any(set(PLACEHOLDER.findall(form)) != expected for form in forms(found)):
            broken.append(message.id)
    assert broken == []


def test_plurals_have_all_russian_forms(said: list[Message]) -> None:
    plurals = [message for message in said if isinstance(message.id, list | tuple)]
    found = [(message.id, translated(message)) for message in plurals]
    assert [key for key, message in found if message and len(forms(message)) != russian().num_plurals] == []

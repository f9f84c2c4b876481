"""Templates: each one parses, escapes everything and keeps scripts and styles out of the page."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment

from tests.support.source_tree import ROOT, modules, templates

FORBIDDEN = {
    "data marked as safe": re.compile(r"\|\s*safe\b|\bMarkup\b"),
    "escaping switched off": re.compile(r"autoescape\s+false"),
    "inline style": re.compile(r"<style\b|\sstyle\s*="),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>", re.IGNORECASE),
    "inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']"),
    "script address": re.compile(r"javascript:", re.IGNORECASE),
    "htmx attribute without data-": re.compile(r"(?<!data-)\b(?:hx|sse)-[a-z-]+\s*="),
    "htmx script": re.compile(r"hx-on\b|\bjs:"),
    "address of another host": re.compile(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//"),
}
MARKUP_ALLOWED = ("portal/web/translate.py",)  # the words of our own catalogue; what is put into them is escaped


def name(path: Path) -> str:
    return str(path.relative_to(ROOT / "portal/templates"))


@pytest.mark.parametrize("path", templates(), ids=name)
def test_it_parses(path: Path) -> None:
    Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True).parse(path.read_text())


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_no_template_has(rule: str) -> None:
    found = {name(path): FORBIDDEN[rule].findall(path.read_text()) for path in templates() if path.suffix == ".html"}
    assert not {place: hits for place, hits in found.items() if hits}


def test_no_code_marks_data_as_safe() -> None:
    marking = [module.path for module in modules("portal", "jobs") if re.search(r"\bMarkup\(", module.text)]
    assert [path for path in marking if path not in MARKUP_ALLOWED] == []


def test_every_page_stands_on_a_base() -> None:
    """``_name`` is a fragment; every other file extends a base, is one, or holds macros."""
    pages = [path for path in templates() if path.suffix == ".html" and not path.name.startswith("_")]
    standing = re.compile(r"{%-? extends|{%-? macro|<!doctype html>", re.IGNORECASE)
    assert [name(path) for path in pages if not standing.search(path.read_text())] == []

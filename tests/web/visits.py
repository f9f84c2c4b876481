"""A visitor with a browser's habits: cookies, the token of forms, and htmx's header where it is asked for."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.bootstrap import Portal

TOKEN: Final = re.compile(r'name="csrf_token" value="([^"]+)"')
HTMX: Final = {"HX-Request": "true"}
VOID: Final = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})


@dataclass
class Visit:
    """One browser."""

    client: FlaskClient
    portal: Portal

    def page(self, address: str) -> TestResponse:
        """A page as a person opens it."""
        return self.client.get(address)

    def fragment(self, address: str, **headers: str) -> TestResponse:
        """What htmx gets."""
        return self.client.get(address, headers={**HTMX, **headers})

    def token(self) -> str:
        """The token of this browser's forms."""
        found = TOKEN.search(self.client.get("/sign-in").text)
        assert found
        return found.group(1)

    def post(
        self, address: str, data: dict[str, Any] | None = None, *, htmx: bool = False, follow: bool = False
    ) -> TestResponse:
        """Send a form with its token."""
        form = {"csrf_token": self.token(), **(data or {})}
        return self.client.post(address, data=form, headers=HTMX if htmx else {}, follow_redirects=follow)

    def both(self, address: str) -> tuple[str, str]:
        """Page and fragment of one address; the fragment's text stands inside the page."""
        page, fragment = self.page(address), self.fragment(address)
        assert (page.status_code, fragment.status_code) == (200, 200), (address, page.status, fragment.status)
        assert "<html" in page.text
        assert "<html" not in fragment.text
        assert "HX-Request" in page.headers["Vary"]
        shown = set(words(page.text))
        missing = [word for word in words(fragment.text) if word not in shown]
        assert not missing, f"only in the fragment of {address}: {missing[:5]}"
        checked(page.text)
        checked(fragment.text)
        return page.text, fragment.text


#: Elements whose end may be left out, each with those that it ends by beginning.
ENDED_BY: Final = {
    "td": {"td", "th"},
    "th": {"td", "th"},
    "tr": {"td", "th", "tr"},
    "li": {"li"},
    "option": {"option"},
    "dt": {"dt", "dd"},
    "dd": {"dt", "dd"},
}


class Checker(HTMLParser):
    """Tags that close, ids that are one of a kind, names that lead somewhere, nothing inline."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.wanted: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.end(ENDED_BY.get(tag, set()))
        given = dict(attrs)
        if len(given) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        self.ids += [given["id"] or ""] if "id" in given else []
        for name in ("for", "aria-labelledby", "aria-describedby"):
            self.wanted += (given.get(name) or "").split()
        self.faults += [f"{name} on <{tag}>" for name in given if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.faults.append(f"inline <{tag}>")
        if tag not in VOID:
            self.open.append(tag)

    def end(self, left: Collection[str]) -> None:
        """End what is open and was left to end by itself."""
        while self.open and self.open[-1] in left:
            self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        self.end(ENDED_BY.keys() - {tag})
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-3:]}")
        else:
            self.open.pop()


@dataclass
class Text(HTMLParser):
    """The words of a page."""

    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_data(self, data: str) -> None:
        self.found += data.split()


def words(html: str) -> list[str]:
    """The words a reader sees."""
    reader = Text()
    reader.feed(html)
    return reader.found


def checked(html: str) -> None:
    """The HTML is sound."""
    checker = Checker()
    checker.feed(html)
    assert not checker.faults, checker.faults
    assert not checker.open, checker.open
    twice = {one for one in checker.ids if checker.ids.count(one) > 1}
    assert not twice, twice
    assert set(checker.wanted) <= set(checker.ids), set(checker.wanted) - set(checker.ids)

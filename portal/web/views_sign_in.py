"""The sign-in page in words: other ways than a password, and why one of them did not let anybody in."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from flask import url_for

from portal.db.queries.sign_in import WayRow
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.sign_in import SignInTrouble
from portal.web.words.sign_in import TROUBLES, way_button, way_name

_GLYPHS: Final = {ConnectorKind.SIGN_IN_CERTIFICATE: "device", ConnectorKind.SIGN_IN_OIDC: "person"}


class WayLine(NamedTuple):
    """A button."""

    label: str
    href: str
    glyph: str


class SignInProblem(NamedTuple):
    """Why nobody was let in; ``again`` begins anew."""

    title: str
    text: str
    again: str
    form: str


def way_lines(rows: Iterable[WayRow], wanted: str) -> tuple[WayLine, ...]:
    """The buttons; each goes on to where one was going."""
    return tuple(
        WayLine(
            way_button(row.kind, row.label),
            url_for("auth.begin", name=row.name, next=wanted or None),
            _GLYPHS[row.kind],
        )
        for row in rows
    )


def sign_in_problem(trouble: SignInTrouble, way: WayRow | None, name: str) -> SignInProblem:
    """In words, with ways on."""
    called = way_name(way.kind, way.label) if way else name
    title, text = (str(one) % {"way": called} for one in TROUBLES[trouble])
    return SignInProblem(title, text, url_for("auth.begin", name=name), url_for("auth.sign_in"))

"""Every route with every kind of visitor, with his own things and with somebody else's.

The table is made from the map of addresses. What a cell must answer follows from the permission the route declares and
from how far the visitor sees; a new route, argument or role takes part by itself.
"""

import json
import shutil
from collections.abc import Iterator
from typing import Final

import pytest
from jinja2.bccache import BytecodeCache
from werkzeug.test import TestResponse

from portal.app import create_app
from portal.bootstrap import build
from portal.domain.permissions import Permission
from portal.settings import Settings
from portal.web.access import BY_CERTIFICATE, PUBLIC, SIGNED_IN
from tests.support.clock import FrozenClock
from tests.support.servers import Valkey
from tests.web.conftest import Filled
from tests.web.matrix import MISSING, Guest, Matrix, Way, ways

#: What a stranger to a limited visitor is known by: none of it may stand on any page of his.
SECRETS: Final = ("4E530214AF33", "Посторонний", "p.stranger")
#: And this one, unless the visitor sees the policy of both.
NEIGHBOUR: Final = ("5EC0DE7777", "Тайный", "t.tayny")
#: Whose device, person and update are the "own" ones of the matrix.
HOLDER: Final = "belyaeva"
REFUSED: Final = {403, 404}


@pytest.fixture(scope="module")
def matrix(
    filled: Filled,
    tmp_path_factory: pytest.TempPathFactory,
    valkey_server: Valkey,
    compiled: BytecodeCache,
) -> Iterator[Matrix]:
    folder = tmp_path_factory.mktemp("matrix")
    shutil.copy(filled.file, folder / "klyuchnik.db")
    settings = Settings.from_env({"KLYUCHNIK_DATA_DIR": str(folder), "KLYUCHNIK_REDIS_URL": valkey_server.url})
    portal = build(settings, FrozenClock())
    app = create_app(settings, portal)
    app.jinja_env.bytecode_cache = compiled
    yield Matrix(app, portal, filled.world, filled.accounts)
    portal.database.close()


@pytest.fixture(scope="module")
def guarded(matrix: Matrix) -> list[Way]:
    return [way for way in ways(matrix.app) if way.demand not in {PUBLIC, BY_CERTIFICATE}]


@pytest.fixture(scope="module")
def of_programs(matrix: Matrix) -> list[Way]:
    return [way for way in ways(matrix.app) if way.rule.endpoint.startswith("agents_api.")]


def allowed(guest: Guest, way: Way) -> bool:
    return way.demand is SIGNED_IN or way.demand in guest.permissions


def refusal_in(answer: TestResponse) -> str:
    """The code of a refusal as programs read it."""
    return str(json.loads(answer.text)["error"]["code"])


def secrets_of(guest: Guest) -> tuple[str, ...]:
    """What may not stand on any page of his."""
    return SECRETS if "policy_id" not in guest.without and guest.name != HOLDER else (*SECRETS, *NEIGHBOUR)


def out_of_sight(guest: Guest, way: Way) -> set[int]:
    """How a way is refused to somebody who holds the permission, but sees too little for it."""
    others = way.rule.endpoint.startswith("selfservice.") and guest.name != HOLDER  # his own only, whatever the role
    if way.owned & guest.without or (way.owned and others):
        return {404}
    if "number" in way.rule.arguments:
        return {404}  # there is none
    if "token" in way.rule.arguments:
        return {404, 303}  # what somebody has begun is found by a secret of his own; forgetting a guess changes nothing
    if way.demand is not Permission.PEOPLE_EDIT or not guest.part:
        return set()
    if "/groups" in way.rule.rule and "/members" not in way.rule.rule:
        return {403}  # a group may reach across all units
    # the directory is edited by units: who has none is refused, at the latest by the form
    return {*REFUSED, 422} if "unit_id" in guest.without and way.rule.arguments else set()


def test_every_argument_is_known_to_the_matrix(matrix: Matrix, guarded: list[Way]) -> None:
    arguments = {name for way in guarded for name in way.rule.arguments}
    assert arguments <= matrix.own.keys(), "say in tests/web/matrix.py whether the new ones are somebody's own"


def test_every_guarded_route_names_a_permission(guarded: list[Way]) -> None:
    for way in guarded:
        assert isinstance(way.demand, Permission) or way.rule.rule.startswith("/profile/"), way


def test_strangers_come_no_further_than_the_sign_in(matrix: Matrix, guarded: list[Way]) -> None:
    for way in guarded:
        answer = matrix.ask(None, way, matrix.own)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in"), str(way)
        fragment = matrix.ask(None, way, matrix.own, htmx=True)
        assert (fragment.status_code, fragment.headers["HX-Redirect"].split("?")[0]) == (401, "/sign-in"), str(way)
        assert not fragment.data, str(way)


def test_without_the_permission_nothing_opens(matrix: Matrix, guarded: list[Way]) -> None:
    cells = [(guest, way) for guest in matrix.guests for way in guarded if not allowed(guest, way)]
    for guest, way in cells:
        assert matrix.ask(guest, way, matrix.own, htmx=True).status_code == 403, (guest.name, str(way))
    assert {guest.name for guest, _way in cells} == {guest.name for guest in matrix.guests[1:]}


def test_what_is_somebody_elses_is_not_there(matrix: Matrix, guarded: list[Way]) -> None:
    limited = [guest for guest in matrix.guests if guest.part]
    for guest in limited:
        for way in guarded:
            if not allowed(guest, way):
                continue
            for name in way.owned:
                values = {**matrix.own, name: matrix.foreign[name]}
                for htmx in (False, True):
                    answer = matrix.ask(guest, way, values, htmx=htmx, follow=way.method == "GET")
                    assert answer.status_code == 404, (guest.name, str(way), name, answer.status)
                    assert not [secret for secret in secrets_of(guest) if secret in answer.text], (guest.name, str(way))


def test_what_is_not_there_is_told_the_same_way(matrix: Matrix, guarded: list[Way]) -> None:
    administrator = matrix.guests[0]
    for way in guarded:
        if allowed(administrator, way):
            for name in way.owned:
                values = {**matrix.own, name: MISSING}
                answer = matrix.ask(administrator, way, values, follow=way.method == "GET")
                assert answer.status_code == 404, (str(way), name, answer.status)


@pytest.mark.parametrize("place", range(7))
def test_what_is_allowed_opens_and_shows_nothing_of_others(matrix: Matrix, guarded: list[Way], place: int) -> None:
    guest = matrix.guests[place]
    mine = [way for way in guarded if allowed(guest, way)]
    assert mine
    for way in sorted(mine, key=lambda way: way.method):
        hidden = out_of_sight(guest, way)
        answer = matrix.ask(guest, way, matrix.own, follow=hidden == {404} and way.method == "GET")
        try:
            told = (guest.name, str(way), answer.status)
            assert answer.status_code < 500, told
            assert answer.status_code in hidden if hidden else answer.status_code not in REFUSED, told
            if guest.part and answer.mimetype != "text/event-stream":
                assert not [secret for secret in secrets_of(guest) if secret in answer.text], told
        finally:
            answer.close()
        if way.method != "GET":
            matrix.put_back()


def test_no_session_opens_what_is_for_programs(matrix: Matrix, of_programs: list[Way]) -> None:
    assert {way.demand for way in of_programs} == {PUBLIC, BY_CERTIFICATE}
    arguments = {name: "any" for way in of_programs for name in way.rule.arguments}
    for guest in (None, *matrix.guests):
        for way in of_programs:
            answer = matrix.ask(guest, way, arguments)
            assert (answer.status_code, refusal_in(answer)) == (403, "agent_front_only"), str(way)


def test_a_session_is_no_certificate(matrix: Matrix, of_programs: list[Way]) -> None:
    arguments = {name: "any" for way in of_programs for name in way.rule.arguments}
    front = {"X-Front-Secret": matrix.portal.settings.front_secret()}
    for guest in (None, matrix.guests[0]):
        for way in of_programs:
            if way.demand is BY_CERTIFICATE:
                answer = matrix.ask(guest, way, arguments, headers=front)
                assert (answer.status_code, refusal_in(answer)) == (401, "agent_certificate_missing"), str(way)


def test_nobody_is_left_out(matrix: Matrix) -> None:
    assert len(matrix.guests) == 7
    permissions = {permission for guest in matrix.guests for permission in guest.permissions}
    assert permissions == set(Permission)

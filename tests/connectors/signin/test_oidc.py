"""What is believed of a provider, and what is not, whoever answers in its place."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import OctKey
from joserfc.jwt import encode

from portal.connectors.signin.oidc.opening import checked, opened
from portal.connectors.signin.oidc.provider import OidcProvider
from portal.domain.errors import OutsideUnavailable
from portal.domain.sign_in import SignInDenied, SignInTrouble
from portal.ports.connectors import TraceStep
from portal.ports.sign_in import Journey
from tests.support.clock import FrozenClock
from tests.support.foreign_pki import foreign_root
from tests.support.providers import CODE, SECRET, SUBJECT, Provider, a_key, scripted_provider, unsigned
from tests.support.scripted_https import Said

DESCRIPTION = "/.well-known/openid-configuration"
JOURNEY = Journey("state", "the-nonce", "v" * 43, "https://keys.example/sign-in/with/corporate/answer")
LONG = b'{"keys": [' + b" " * (10 << 20) + b"]}"


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    with scripted_provider(FrozenClock()) as provider:
        yield provider


@pytest.fixture
def provider(served: Provider, clock: FrozenClock) -> Provider:
    """As if new: it answers the right way."""
    served.clock, served.key = clock, a_key()
    served.signs, served.token, served.nonce = None, "", ""
    for told in (served.said, served.told, served.answers, served.script.heard):
        told.clear()
    return served


@pytest.fixture
def portal_side(provider: Provider, clock: FrozenClock) -> OidcProvider:
    return opened(provider.values(), clock)


def came_back(portal_side: OidcProvider, provider: Provider) -> dict[str, Any]:
    provider.send(portal_side.way_there(JOURNEY))
    return dict(portal_side.identify(JOURNEY, CODE).claims)


def refusal(portal_side: OidcProvider, provider: Provider) -> tuple[SignInTrouble, str]:
    with pytest.raises(SignInDenied) as denied:
        came_back(portal_side, provider)
    return denied.value.trouble, denied.value.data["detail"]


def test_somebody_goes_there_and_comes_back(portal_side: OidcProvider, provider: Provider) -> None:
    there = portal_side.way_there(JOURNEY)
    assert there.startswith(f"{provider.issuer}/authorization?")
    assert provider.send(there) == "state"
    proved = portal_side.identify(JOURNEY, CODE)
    assert (proved.issuer, proved.subject) == (provider.issuer, SUBJECT)
    assert proved.claims["preferred_username"] == "anna"
    out = f"{provider.issuer}/end_session?client_id=portal&post_logout_redirect_uri=https%3A%2F%2Fkeys.example%2F"
    assert portal_side.way_out("https://keys.example/") == out
    assert portal_side.way_out("https://keys.example/", proved.hint) == f"{out}&id_token_hint={proved.hint}"
    assert proved.hint.count(".") == 2
    assert portal_side.way_out("https://keys.example/", "x" * 5000) == out, "no server takes so long an address"
    assert proved.hint not in repr(proved)


def test_what_is_not_in_the_token_is_asked_for(provider: Provider, clock: FrozenClock) -> None:
    portal_side = opened(provider.values(claim="email"), clock)
    assert came_back(portal_side, provider)["email"] == "anna@example.org"
    provider.said["sub"] = "somebody else"
    assert refusal(portal_side, provider) == (SignInTrouble.MISTRUSTED, "userinfo of somebody else")


def test_a_secret_is_said_as_the_provider_wants_it(provider: Provider, clock: FrozenClock) -> None:
    provider.told["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    came_back(opened(provider.values(), clock), provider)
    [sent] = [body for method, _path, body in provider.script.heard if method == "POST"]
    assert SECRET.replace(" ", "+").encode() in sent


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        ({"nonce": "of another journey"}, SignInTrouble.MISTRUSTED),
        ({"nonce": None}, SignInTrouble.MISTRUSTED),
        ({"aud": "another client"}, SignInTrouble.MISTRUSTED),
        ({"aud": ["portal", "another client"]}, SignInTrouble.MISTRUSTED),
        ({"aud": ["portal", "another client"], "azp": "another client"}, SignInTrouble.MISTRUSTED),
        ({"iss": "https://elsewhere.example"}, SignInTrouble.MISTRUSTED),
        ({"sub": None}, SignInTrouble.MISTRUSTED),
        ({"sub": ""}, SignInTrouble.MISTRUSTED),
        ({"sub": "s" * 256}, SignInTrouble.MISTRUSTED),
        ({"sub": 7}, SignInTrouble.MISTRUSTED),
        ({"at_hash": "of another token"}, SignInTrouble.MISTRUSTED),
        ({"exp": 1}, SignInTrouble.CLOCK),
        ({"exp": None}, SignInTrouble.MISTRUSTED),
        ({"nbf": 32_503_680_000}, SignInTrouble.CLOCK),
        ({"iat": 32_503_680_000}, SignInTrouble.CLOCK),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value),
)
def test_a_token_that_says_something_wrong(
    portal_side: OidcProvider, provider: Provider, said: dict[str, Any], trouble: SignInTrouble
) -> None:
    provider.said.update(said)
    assert refusal(portal_side, provider)[0] is trouble


def test_a_token_nobody_signed(portal_side: OidcProvider, provider: Provider) -> None:
    provider.send(portal_side.way_there(JOURNEY))
    provider.token = unsigned(provider.claims())
    assert refusal(portal_side, provider) == (SignInTrouble.MISTRUSTED, "alg none")


def test_a_token_signed_with_what_others_know(portal_side: OidcProvider, provider: Provider) -> None:
    provider.send(portal_side.way_there(JOURNEY))
    shared = OctKey.import_key(SECRET * 2)
    provider.token = encode({"alg": "HS256", "kid": provider.key.kid}, provider.claims(), shared)
    assert refusal(portal_side, provider) == (SignInTrouble.MISTRUSTED, "alg HS256")


@pytest.mark.parametrize("kid", ["one", "two"])
def test_a_token_signed_by_somebody_else(portal_side: OidcProvider, provider: Provider, kid: str) -> None:
    provider.signs = a_key(kid)
    assert refusal(portal_side, provider)[0] is SignInTrouble.MISTRUSTED


def test_keys_that_change_are_asked_for_anew_but_not_by_everybody(
    portal_side: OidcProvider, provider: Provider, clock: FrozenClock
) -> None:
    came_back(portal_side, provider)
    came_back(portal_side, provider)
    assert (provider.asked("/keys"), provider.asked(DESCRIPTION)) == (1, 1)
    provider.key = a_key("two")
    assert refusal(portal_side, provider)[0] is SignInTrouble.MISTRUSTED  # so soon nobody asks again
    clock.advance(minutes=1)
    came_back(portal_side, provider)
    assert (provider.asked("/keys"), provider.asked(DESCRIPTION)) == (2, 1)
    clock.advance(hours=2)
    came_back(portal_side, provider)
    assert (provider.asked("/keys"), provider.asked(DESCRIPTION)) == (3, 2)


@pytest.mark.parametrize("place", [DESCRIPTION, "/keys", "/token"])
@pytest.mark.parametrize(
    "said",
    [Said(body=LONG), Said(302, headers=(("Location", DESCRIPTION),)), Said(500), Said(silent=True)],
    ids=["ten-megabytes", "sent-round", "broken", "silent"],
)
def test_a_provider_that_does_not_answer(portal_side: OidcProvider, provider: Provider, place: str, said: Said) -> None:
    provider.answers[place] = said
    with pytest.raises(OutsideUnavailable) as away:
        came_back(portal_side, provider)
    assert away.value.code == SignInTrouble.AWAY.value
    assert provider.asked(place) == 1


def test_those_who_wait_behind_one_do_not_ask_in_vain_one_by_one(
    portal_side: OidcProvider, provider: Provider, clock: FrozenClock
) -> None:
    provider.answers[DESCRIPTION] = Said(500)
    for _visitor in range(3):
        with pytest.raises(OutsideUnavailable):
            portal_side.way_there(JOURNEY)
    assert provider.asked(DESCRIPTION) == 1
    provider.answers.clear()
    clock.advance(seconds=6)
    came_back(portal_side, provider)


@pytest.mark.parametrize(
    ("place", "body"),
    [
        (DESCRIPTION, b"<html>"),
        (DESCRIPTION, b"[]"),
        (DESCRIPTION, b"[" * 100_000),
        (DESCRIPTION, b'{"issuer": "https://elsewhere.example"}'),
        ("/keys", b"{}"),
        ("/keys", b'{"keys": []}'),
        ("/keys", b'{"keys": [{"kty": "EC"}]}'),
        ("/keys", b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'),
        ("/token", b"{}"),
        ("/token", b'{"id_token": "a.b.c"}'),
        ("/token", b'{"id_token": 7}'),
    ],
    ids=lambda value: value.decode()[:40] if isinstance(value, bytes) else value,
)
def test_a_provider_that_answers_rubbish(
    portal_side: OidcProvider, provider: Provider, place: str, body: bytes
) -> None:
    provider.answers[place] = Said(body=body)
    assert refusal(portal_side, provider)[0] is SignInTrouble.MISTRUSTED


@pytest.mark.parametrize("address", ["", "http://plain.example/x", "https://a@b.example", "https://a.example/#x", 7])
def test_a_provider_that_points_to_no_place(portal_side: OidcProvider, provider: Provider, address: object) -> None:
    provider.told["token_endpoint"] = address
    assert refusal(portal_side, provider)[1] in {"no token_endpoint", "bad token_endpoint"}


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        ("invalid_client", SignInTrouble.MISSET),
        ("invalid_grant", SignInTrouble.LOST),
        ("server_error", SignInTrouble.MISTRUSTED),
    ],
)
def test_a_code_that_is_not_taken(
    portal_side: OidcProvider, provider: Provider, error: str, trouble: SignInTrouble
) -> None:
    provider.answers["/token"] = Said(400, f'{{"error": "{error}"}}'.encode())
    assert refusal(portal_side, provider) == (trouble, f"HTTP 400 {error}")


def test_a_provider_nobody_vouches_for(provider: Provider, clock: FrozenClock) -> None:
    stranger = provider.values(trusted=foreign_root("Somebody").pem)
    with pytest.raises(OutsideUnavailable):
        opened(stranger, clock).way_there(JOURNEY)
    assert checked(stranger, clock)[-1].what is TraceStep.TLS


def test_a_check_tells_step_by_step(provider: Provider, clock: FrozenClock) -> None:
    trace = checked(provider.values(), clock)
    assert [line.what for line in trace] == [TraceStep.CONNECT, TraceStep.PROTOCOL, TraceStep.KEYS]
    assert all(line.ok for line in trace)
    provider.answers["/keys"] = Said(500)
    last = checked(provider.values(), clock)[-1]
    assert (last.what, last.ok, last.detail) == (TraceStep.KEYS, False, "HTTP 500")
    other = replace(provider.values(), plain={**provider.values().plain, "issuer": f"{provider.issuer}/"})
    assert "issuer" in checked(other, clock)[-1].detail


def test_time_may_differ_a_little(portal_side: OidcProvider, provider: Provider, clock: FrozenClock) -> None:
    late = int((clock.now() - timedelta(seconds=60)).timestamp())
    provider.said["exp"] = late
    assert came_back(portal_side, provider)["exp"] == late

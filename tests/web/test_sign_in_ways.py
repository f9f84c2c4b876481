"""Signing in through a provider: there and back, whose account it opens, and what is said when none."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from portal.bootstrap import Portal
from portal.db.models import Account, AccountSession, AuditEntry, Connector, Person, SignInLink
from portal.domain.audit import AuditTag
from portal.domain.connector_fields import ON
from portal.domain.ids import ConnectorId
from portal.domain.permissions import Role
from portal.domain.sign_in import SignInTrouble, SignInWay
from portal.services.connectors import ConnectorDraft
from portal.web.words.sign_in import TROUBLES, WAYS
from tests.support.clock import FrozenClock
from tests.support.providers import CODE, Provider, a_key, scripted_provider
from tests.support.scripted_https import Said
from tests.web.visits import Visit
from tests.web.world import PASSWORD

BEGIN = "/sign-in/with/corporate"
BACK = f"{BEGIN}/answer"


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    with scripted_provider(FrozenClock()) as provider:
        yield provider


@pytest.fixture
def provider(served: Provider, clock: FrozenClock, portal: Portal) -> Provider:
    """Connected: it knows somebody by the login of the administrator."""
    served.clock, served.key = clock, a_key()
    for told in (served.said, served.told, served.answers):
        told.clear()
    served.said["preferred_username"] = "administrator"
    connect(portal, served, administrators=ON)
    return served


def connect(portal: Portal, provider: Provider, **other: str) -> None:
    """The only connector there is, told something else if it is there already."""
    values = provider.values(**other)
    draft = ConnectorDraft(values.kind, values.name, values.all)
    with portal.database.read() as connection:
        row = connection.execute(select(Connector.id, Connector.version)).one_or_none()
    if row is None:
        portal.connectors.add(draft, actor="admin")
    else:
        portal.connectors.change(ConnectorId(row.id), draft, version=row.version, actor="admin")


def come_back(visit: Visit, provider: Provider, wanted: str = "") -> tuple[int, str]:
    """Go there, sign in, come back: the status, and where it leads or what it says."""
    there = visit.client.get(BEGIN, query_string={"next": wanted}, headers={"Sec-Fetch-Site": "same-origin"})
    assert there.status_code == 303, there.text
    state = provider.send(there.headers["Location"])
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = visit.client.get(BACK, query_string={"state": state, "code": CODE}, headers=headers)
    return answer.status_code, answer.headers.get("Location") or answer.text


def told(portal: Portal, tag: AuditTag) -> list[dict[str, str | int]]:
    with portal.database.read() as connection:
        rows = connection.execute(select(AuditEntry.particulars).where(AuditEntry.tag == tag)).scalars()
        return list(rows)


def test_the_page_offers_it_only_when_it_is_switched_on(stranger: Visit, provider: Provider, portal: Portal) -> None:
    page = stranger.page("/sign-in?next=/admin/devices").text
    assert f'href="{BEGIN}?next=/admin/devices"' in page
    assert "Войти через Кейклок" in page
    portal.connectors.pause(ConnectorId(1), actor="admin")
    assert BEGIN not in stranger.page("/sign-in").text
    assert "Этот вход нельзя завершить" in stranger.page(BEGIN).text


def test_somebody_comes_and_goes_on(stranger: Visit, provider: Provider, portal: Portal) -> None:
    assert come_back(stranger, provider, "/admin/devices") == (303, "/admin/devices")
    assert stranger.page("/admin/").status_code == 200
    [entry] = told(portal, AuditTag.ACCOUNT_SIGNED_IN)
    assert (entry["way"], entry["through"]) == ("provider", "corporate")
    assert len(told(portal, AuditTag.ACCOUNT_LINKED)) == 1
    assert come_back(stranger, provider) == (303, "/")
    with portal.database.read() as connection:
        ways = connection.execute(select(AccountSession.way, AccountSession.revoked_at)).all()
    assert [(way, ended is None) for way, ended in ways] == [(SignInWay.PROVIDER, False), (SignInWay.PROVIDER, True)]
    assert "через провайдера входа" in stranger.page("/profile/").text


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_only_addresses_of_this_site_are_followed(stranger: Visit, provider: Provider, address: str) -> None:
    assert come_back(stranger, provider, address) == (303, "/")


def test_nobody_is_signed_in_by_somebody_elses_answer(stranger: Visit, provider: Provider, admin: Visit) -> None:
    foreign = stranger.client.get(BEGIN, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.headers["Location"] == "/sign-in"
    state = provider.send(admin.page(BEGIN).headers["Location"])
    for told_state in (state, "", "made up"):
        answer = stranger.client.get(BACK, query_string={"state": told_state, "code": CODE})
        assert (answer.status_code, "Этот вход нельзя завершить" in answer.text) == (403, True)
    assert admin.client.get(BACK, query_string={"state": state, "code": CODE}).status_code == 303
    assert admin.client.get(BACK, query_string={"state": state, "code": CODE}).status_code == 403  # once only


def test_a_journey_ends_after_a_while(stranger: Visit, provider: Provider, clock: FrozenClock) -> None:
    state = provider.send(stranger.page(BEGIN).headers["Location"])
    clock.advance(minutes=11)
    assert stranger.client.get(BACK, query_string={"state": state, "code": CODE}).status_code == 403


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"error": "access_denied"}, "Вход отменён"),
        ({"error": "invalid_scope"}, "не подходят друг другу"),
        ({"iss": "https://elsewhere.example", "code": CODE}, "нельзя верить"),
        ({}, "Этот вход нельзя завершить"),
    ],
    ids=["declined", "misset", "another-provider", "nothing"],
)
def test_what_went_wrong_is_said(
    stranger: Visit, provider: Provider, portal: Portal, said: dict[str, str], words: str
) -> None:
    state = provider.send(stranger.page(BEGIN).headers["Location"])
    answer = stranger.client.get(BACK, query_string={"state": state, **said})
    assert (answer.status_code, words in answer.text) == (403, True)
    assert [one["through"] for one in told(portal, AuditTag.ACCOUNT_SIGN_IN_FAILED)] == ["corporate"]


def test_a_provider_that_is_away(stranger: Visit, provider: Provider, clock: FrozenClock) -> None:
    provider.answers["/token"] = Said(500)
    status, text = come_back(stranger, provider)
    assert (status, "не отвечает" in text) == (503, True)
    assert stranger.page(BEGIN).status_code == 503  # nobody is sent there for a moment
    provider.answers.clear()
    clock.advance(minutes=1)
    assert come_back(stranger, provider) == (303, "/")


def test_tries_from_one_address_are_slowed_down(stranger: Visit, provider: Provider) -> None:
    provider.said["nonce"] = "wrong"
    statuses = [come_back(stranger, provider)[0] for _try in range(12)]
    assert (statuses[0], statuses[-1]) == (403, 429)


def test_whoever_nobody_knows_is_told_so(stranger: Visit, provider: Provider, portal: Portal) -> None:
    provider.said["preferred_username"] = "nobody"
    assert "Портал вас не знает" in come_back(stranger, provider)[1]
    [entry] = told(portal, AuditTag.ACCOUNT_SIGN_IN_FAILED)
    assert (entry["why"], entry["detail"]) == (SignInTrouble.STRANGER, "nobody")


def test_a_role_that_may_not_come_so(stranger: Visit, provider: Provider, portal: Portal) -> None:
    connect(portal, provider)
    assert "так не входит" in come_back(stranger, provider)[1]
    with portal.database.read() as connection:
        assert connection.execute(select(SignInLink.account_id)).all() == []


def test_the_number_over_there_decides_once_it_is_known(stranger: Visit, provider: Provider, portal: Portal) -> None:
    assert come_back(stranger, provider) == (303, "/")
    provider.said["preferred_username"] = "operator"  # renamed over there: still the same
    assert come_back(stranger, provider) == (303, "/")
    provider.said.update(preferred_username="administrator", sub="somebody else")
    assert "принадлежит другому" in come_back(stranger, provider)[1]
    with portal.database.begin() as connection:
        connection.execute(update(Account).where(Account.login == "administrator").values(active=False))
    provider.said.pop("sub")
    assert "закрыта" in come_back(stranger, provider)[1]


@pytest.mark.parametrize(
    ("match", "claim", "value"),
    [
        ("login", "preferred_username", "P.Stranger"),
        ("email", "email", "P.Stranger@example.org"),
        ("upn", "upn", "p.stranger@CORP.example.org"),
    ],
)
def test_a_person_without_an_account_gets_one(
    stranger: Visit, provider: Provider, portal: Portal, match: str, claim: str, value: str
) -> None:
    free_the_stranger(portal)
    connect(portal, provider, match=match, claim=claim)
    provider.said.update({claim: value, "email_verified": True})
    assert come_back(stranger, provider) == (303, "/")
    with portal.database.read() as connection:
        assert connection.execute(select(Account.role).where(Account.login == "p.stranger")).scalar_one() == "employee"


def free_the_stranger(portal: Portal) -> None:
    """He has an account under another login: take it from him."""
    person = select(Person.id).where(Person.login == "p.stranger").scalar_subquery()
    with portal.database.begin() as connection:
        connection.execute(update(Account).where(Account.person_id == person).values(person_id=None))


def test_groups_give_roles_and_take_them(stranger: Visit, provider: Provider, portal: Portal) -> None:
    free_the_stranger(portal)
    roles = {"groups_claim": "realm_access.roles", "roles": "/helpers = operator"}
    connect(portal, provider, administrators=ON, **roles)
    provider.said.update(preferred_username="p.stranger", realm_access={"roles": ["/helpers"]})
    assert come_back(stranger, provider) == (303, "/")
    assert role_of(portal, "p.stranger") == Role.OPERATOR
    provider.said["realm_access"] = {"roles": []}
    assert come_back(stranger, provider) == (303, "/")
    assert role_of(portal, "p.stranger") == Role.EMPLOYEE


def role_of(portal: Portal, login: str) -> str:
    with portal.database.read() as connection:
        return str(connection.execute(select(Account.role).where(Account.login == login)).scalar_one())


def test_a_role_lost_over_there_is_lost_though_nobody_is_let_in(
    stranger: Visit, provider: Provider, portal: Portal
) -> None:
    roles = {"administrators": ON, "employees": "", "groups_claim": "groups", "roles": "helpers = operator"}
    connect(portal, provider, **roles)
    provider.said.update(preferred_username="operator", groups=["helpers"])
    assert come_back(stranger, provider) == (303, "/")
    provider.said["groups"] = []
    assert "закрыта" in come_back(stranger, provider)[1]
    assert role_of(portal, "operator") == Role.EMPLOYEE


def test_a_one_time_password_is_no_matter_of_those_who_come_otherwise(
    stranger: Visit, provider: Provider, portal: Portal
) -> None:
    with portal.database.begin() as connection:
        connection.execute(update(Account).values(must_change_password=True))
    assert come_back(stranger, provider) == (303, "/")
    assert stranger.page("/admin/").status_code == 200
    assert 'name="old"' not in stranger.page("/profile/").text
    assert stranger.post("/sign-in", {"login": "operator", "password": PASSWORD}).status_code == 303
    assert stranger.page("/admin/").location == "/profile/"


def test_signing_out_offers_to_sign_out_over_there(stranger: Visit, provider: Provider, portal: Portal) -> None:
    come_back(stranger, provider)
    left = stranger.post("/sign-out").location
    assert left == "/sign-in/over?through=corporate"
    page = stranger.page(left).text
    assert "Вы вышли" in page
    assert f'href="{BEGIN}/over"' in page
    led = stranger.client.get(f"{BEGIN}/over", headers={"Sec-Fetch-Site": "cross-site"})
    assert led.headers["Location"] == "/sign-in", "nobody is led out by a page of somebody else"
    there = urlsplit(stranger.page(f"{BEGIN}/over").location)
    assert (f"{there.scheme}://{there.netloc}", there.path) == (provider.issuer, "/end_session")
    said = parse_qs(there.query)
    assert said["post_logout_redirect_uri"] == [f"{portal.settings.base_url}/sign-in"]
    (hint,) = said["id_token_hint"]
    assert hint.count(".") == 2
    assert hint not in page
    assert "id_token_hint" not in stranger.page(f"{BEGIN}/over").location, "it is told once"
    portal.connectors.pause(ConnectorId(1), actor="admin")
    assert stranger.page(f"{BEGIN}/over").location == "/sign-in"
    assert stranger.page("/sign-in/over").status_code == 200


def test_an_administrator_unties_an_account(stranger: Visit, admin: Visit, provider: Provider, portal: Portal) -> None:
    provider.said["preferred_username"] = "operator"
    assert come_back(stranger, provider) == (303, "/")
    with portal.database.read() as connection:
        number = connection.execute(select(Account.id).where(Account.login == "operator")).scalar_one()
    page = f"/admin/accounts/{number}"
    assert "Отвязать от Кейклок" in admin.page(page).text
    assert admin.post(f"{page}/providers/1/removal").location == page
    assert "Отвязать от Кейклок" not in admin.page(page).text
    assert admin.post(f"{page}/providers/1/removal").status_code == 404
    assert stranger.page("/admin/").status_code == 303  # the session opened through it has ended
    assert [one["through"] for one in told(portal, AuditTag.ACCOUNT_UNLINKED)] == ["corporate"]
    provider.said["sub"] = "another number over there"
    assert come_back(stranger, provider) == (303, "/")


def test_every_trouble_and_every_way_has_words() -> None:
    assert set(TROUBLES) == set(SignInTrouble)
    assert set(WAYS) == set(SignInWay)

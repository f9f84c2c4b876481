"""The page of the stand: what is on its way, and buttons that work without scripts."""

import http.client
import re
import urllib.parse

import pytest

from portal.domain.identity_check import CheckState
from tests.support.smev_stand import RunningStand
from tests.support.smev_talk import meaning, question, received, sent


def shown(stand: RunningStand, language: str = "ru") -> str:
    return _asked(stand, "GET", "/", {"Accept-Language": language})[1]


def pressed(stand: RunningStand, order: str, **fields: str) -> int:
    return _asked(stand, "POST", f"/page/{order}", {}, urllib.parse.urlencode(fields))[0]


def _asked(
    stand: RunningStand, method: str, path: str, headers: dict[str, str], body: str | None = None
) -> tuple[int, str]:
    connection = http.client.HTTPConnection(stand.url.removeprefix("http://"), timeout=60)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_it_speaks_both_languages_and_loads_nothing(stand: RunningStand) -> None:
    page = shown(stand)
    assert "Сообщений пока нет." in page
    assert 'lang="ru"' in page
    assert "No messages yet." in shown(stand, "en-GB,en;q=0.9")
    assert not re.search(r"<script|src=|https?://", page)


def test_a_message_held_back_is_answered_refused_or_lost_by_a_button(stand: RunningStand) -> None:
    exchange = stand.by_adapter()
    stand.ends("*", "held")
    for how, state in (("answer", "answered"), ("refuse", "answered"), ("lose", "silence")):
        sent(exchange, question())
        assert stand.state()["messages"][0]["state"] == "held"
        number = stand.state()["messages"][0]["number"]
        assert f'action="/page/messages/{number}"' in shown(stand)
        assert pressed(stand, f"messages/{number}", do=how) == 303
        assert stand.state()["messages"][0]["state"] == state
    assert meaning(received(exchange)).result is CheckState.CONFIRMED
    assert received(exchange).rejects
    assert exchange.next_answer() is None


def test_what_was_arranged_and_armed_is_shown_and_put_right(stand: RunningStand) -> None:
    assert pressed(stand, "endings", who="<b>Ёлкина", service="snils", ending="held") == 303
    assert pressed(stand, "tricks", where="send", what="http:503", times="2") == 303
    page = shown(stand)
    assert "&lt;b&gt;елкина" in page
    assert "send http:503 × 2" in page
    assert pressed(stand, "peace") == 303
    assert "http:503 ×" not in shown(stand)


@pytest.mark.parametrize("order", ["nonsense", "messages/nobody", "tricks"])
def test_what_nobody_understands_is_refused(stand: RunningStand, order: str) -> None:
    assert pressed(stand, order, do="answer", what="nonsense") == 400


def test_another_site_presses_no_button(stand: RunningStand) -> None:
    status, _ = _asked(stand, "POST", "/page/forget", {"Sec-Fetch-Site": "cross-site"})
    assert status == 403
    assert _asked(stand, "GET", "/nothing", {})[0] == 404

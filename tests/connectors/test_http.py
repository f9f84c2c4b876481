"""Questions to a server: bounded, believed by configured certificates only, asked once."""

import time

import pytest

from portal.connectors.http import NoAnswer, NotTrusted, Server
from tests.support.foreign_pki import foreign_root
from tests.support.ports import free_port
from tests.support.scripted_https import Said, scripted_https


def test_what_is_asked_and_answered() -> None:
    with scripted_https(lambda *_asked: Said(201, b"yes", headers=(("X-Mark", "1"),))) as script:
        reply = Server(script.address + "/a/", trust=script.trust).ask("POST", "/b?c=d", b"body")
    assert (reply.status, reply.body, reply.media_type) == (201, b"yes", "application/json")
    assert reply.headers["x-mark"] == "1"
    assert script.heard == [("POST", "/a/b?c=d", b"body")]


def test_a_server_that_others_vouch_for_is_not_asked() -> None:
    with scripted_https(lambda *_asked: Said()) as script, pytest.raises(NotTrusted):
        Server(script.address, trust=foreign_root("Another").pem).ask("GET")
    assert not script.heard


def test_nobody_there() -> None:
    with pytest.raises(NoAnswer) as silence:
        Server(f"http://127.0.0.1:{free_port()}").ask("GET")
    assert not silence.value.asked


def test_a_redirect_is_an_answer_like_others() -> None:
    with scripted_https(lambda *_asked: Said(302, headers=(("Location", "http://192.0.2.1/"),))) as script:
        assert Server(script.address, trust=script.trust).ask("GET").status == 302
    assert len(script.heard) == 1


@pytest.mark.parametrize(
    "said",
    [Said(body=b"x" * 10_000_000), Said(body=b"short", length=1000), Said(silent=True)],
    ids=["ten megabytes", "cut off", "hangs up"],
)
def test_what_cannot_be_read_is_no_answer(said: Said) -> None:
    with scripted_https(lambda *_asked: said) as script, pytest.raises(NoAnswer) as silence:
        Server(script.address, trust=script.trust).ask("POST", "/", b"order")
    assert silence.value.asked
    assert len(script.heard) == 1


def test_a_server_that_never_comes_to_an_end_is_left() -> None:
    def slowly(_method: str, _path: str, _body: bytes) -> Said:
        time.sleep(1)
        return Said(body=b"late")

    with scripted_https(slowly) as script, pytest.raises(NoAnswer):
        Server(script.address, trust=script.trust, answer_within=0.1).ask("GET")


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.1:3128")
    with scripted_https(lambda *_asked: Said(body=b"direct")) as script:
        assert Server(script.address, trust=script.trust).ask("GET").body == b"direct"


def test_secrets_are_not_shown() -> None:
    assert "hidden" not in repr(Server("https://ca.example", key="hidden", password="hidden"))

"""What systems say when they cannot be reached is told in words of people."""

import pytest
from flask import Flask

from portal.web.words.outside import SAYINGS, plain_words


@pytest.mark.parametrize("said", ["Connection refused", "[Errno 111] Connection refused", "connection refused."])
def test_a_saying_of_the_system_is_said_in_other_words(app: Flask, said: str) -> None:
    with app.test_request_context():
        assert plain_words(said) == "по этому адресу никто не отвечает"


@pytest.mark.parametrize("said", ["", "certificate verify failed: self-signed certificate", "403: Connection refused"])
def test_what_says_more_stays_as_it_is(app: Flask, said: str) -> None:
    with app.test_request_context():
        assert plain_words(said) == said


def test_each_has_a_russian_word(app: Flask) -> None:
    with app.test_request_context():
        assert not [said for said in SAYINGS if plain_words(said).isascii()]

"""What there is to do, in the language of the person at the workstation."""

from flask import request
from flask_babel import force_locale

from portal.ports.agent_protocol import PollAnswer
from portal.services.agent_work import Work
from portal.web.i18n import LANGUAGES
from portal.web.words.agent_work import worded


def told(work: Work, language: str = "") -> PollAnswer:
    """In this language when the portal speaks it, else in the one the program asks for in its header."""
    asked = request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
    with force_locale(language if language in LANGUAGES else asked):
        return worded(work)

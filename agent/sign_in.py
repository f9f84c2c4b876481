"""The PIN firewall: each PIN is one try, the last is the person's own decision, a refused one is never sent again."""

from agent.errand import Errand
from agent.prompt import Prompt
from agent.words import Words
from portal.domain.contents import PinTries
from portal.domain.outcomes import Done, Refused
from portal.domain.troubles import Trouble
from portal.ports.token import Pin

_WRONG = frozenset({Trouble.PIN_INCORRECT, Trouble.PIN_MALFORMED})
_AWAY = frozenset({Trouble.TOKEN_ABSENT, Trouble.TOKEN_REMOVED, Trouble.WRONG_TOKEN})


def sign_in(errand: Errand, prompt: Prompt, words: Words, *, again: bool = False) -> bool:
    """Ask until the token takes a PIN or nobody answers; whether it took one."""
    title = words("pin_for", device=errand.device, serial=errand.serial)
    if again:
        title = f"{words('pin_again', device=errand.device)}\n{title}"
    while True:
        tries = errand.tries()
        if tries is PinTries.LOCKED:
            prompt.tell(words("tries_locked"))
            return False
        last = tries is PinTries.LAST
        if last and not _dares(prompt, words):
            return False
        pin = prompt.secret("\n".join(filter(None, (title, words.tries(tries)))))
        if pin is None:
            return False
        trouble = _tried(errand, pin, last=last)
        if trouble is None:
            return True
        if trouble in _AWAY:
            if not _brings(errand, prompt, words):
                return False
            continue
        prompt.tell(words("pin_repeated") if trouble is Trouble.PIN_REPEATED else words.trouble(trouble))
        if trouble not in _WRONG | {Trouble.PIN_REPEATED}:
            return False


def _brings(errand: Errand, prompt: Prompt, words: Words) -> bool:
    """The token is not here: nothing was tried, and nothing is lost by bringing it."""
    question = words("bring_token", serial=errand.serial)
    return prompt.choose(question, [words("brought"), words("cancel")]) == 0


def _dares(prompt: Prompt, words: Words) -> bool:
    """Nobody loses a token to a program: the last try is asked for by itself."""
    question = f"{words('tries_last')}\n{words('last_try')}"
    return prompt.choose(question, [words("last_no"), words("last_yes")]) == 1


def _tried(errand: Errand, pin: Pin, *, last: bool) -> Trouble | None:
    """Spend one try on a PIN this token has not refused; None when it is right."""
    if errand.refused.known(errand.serial, pin):
        pin.wipe()
        return Trouble.PIN_REPEATED
    match errand.open(pin, last_try=last):
        case Done():
            errand.refused.forget(errand.serial, pin)
            return None
        case Refused(because):
            if because.trouble in _WRONG | {Trouble.PIN_LOCKED}:
                errand.refused.remember(errand.serial, pin)
            errand.pocket.empty()
            return because.trouble
        case waiting:
            errand.pocket.empty()
            return waiting.why.trouble

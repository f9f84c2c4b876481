"""Which passwords are refused: short ones, famous ones, one's own login, a few letters again and again."""

from typing import Final

MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 256
_VARIETY: Final = 5

_LOOKALIKES: Final = str.maketrans(
    {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
)
_RUNS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
    "йцукенгшщзхъфывапролджэячсмитьбю",
    "1q2w3e4r5t6y7u8i9o0p",
    "1й2ц3у4к5е6н7г8ш9щ0з",
    "qazwsxedcrfvtgbyhnujmikolp",
)
_AROUND: Final = "0123456789!@#$%^&*()-_=+.,?/ "
#: What lists of stolen passwords begin with, without the digits and signs people put around it.
_WORDS: Final = """
    access adminadmin administrator adminpassword asdfasdf baseball basketball batman charlie changeme chocolate
    computer corporate default dragon football freedom hello iloveyou internet jordan letmein liverpool login loveyou
    manager master michael monkey mustang mynoob myspace nothing operator pass passpass password passwort portal
    princess qwerty qwertyqwerty root rootroot rutoken samsung secret security service shadow sunshine superman support
    system temp temporary test testtest token trustno unknown user username welcome whatever winter spring summer autumn
    администратор безопасность весна вконтакте зима компьютер красотка ключник лето люблютебя любовь максим москва
    наташа никита осень пароль парольпароль привет россия рутокен самсунг секрет солнце спартак токен футбол
    """
_FAMOUS: Final = frozenset(_WORDS.split())


def weakness(password: str, login: str) -> str | None:
    """Why the password cannot be taken, as the code of a message; None when it can."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return "bad_length"
    folded = password.casefold()
    if login and login.casefold() in folded:
        return "contains_login"
    if len(set(folded)) < _VARIETY or _is_famous(folded) or _is_run(folded):
        return "too_common"
    return None


def _is_famous(folded: str) -> bool:
    bare = folded.strip(_AROUND)
    return any("".join(filter(str.isalpha, core)) in _FAMOUS for core in (bare, bare.translate(_LOOKALIKES)))


def _is_run(folded: str) -> bool:
    """The keys of a row or the letters of the alphabet, forwards or backwards."""
    return any(folded in run or folded[::-1] in run for run in _RUNS)

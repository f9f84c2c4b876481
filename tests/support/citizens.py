"""Generated people with right check digits, as forms and registers take them."""

from datetime import date

from hypothesis import strategies as st

from portal.domain.identity import IdentityClaim, Organization, Passport, Sex

_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"


def snils_of(number: int) -> str:
    """The СНИЛС with these first nine digits, above 001-001-998."""
    digits = f"{number:09}"
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits))
    return f"{digits}{total % 101 % 100:02}"


def inn_of(number: int, *, person: bool) -> str:
    """The ИНН that begins with this number: 10 digits of a person's, 9 of an organisation's."""
    digits = f"{number:010}" if person else f"{number:09}"
    rows = ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
    for row in rows if person else ((2, 4, 10, 3, 5, 9, 4, 6, 8),):
        digits += str(sum(int(digit) * weight for digit, weight in zip(digits, row, strict=True)) % 11 % 10)
    return digits


def ogrn_of(number: int) -> str:
    """The ОГРН or ОГРНИП with these first 12 or 14 digits."""
    digits = str(number)
    return digits + str(number % (11 if len(digits) == 12 else 13) % 10)


def _name(longest: int) -> st.SearchStrategy[str]:
    part = st.text(_LETTERS, min_size=1, max_size=20).map(str.capitalize)
    joined = st.lists(part, min_size=1, max_size=3).flatmap(
        lambda parts: st.sampled_from(("-", " ", "'")).map(lambda mark: mark.join(parts))
    )
    return st.one_of(joined, st.just("Щ" * longest)).map(lambda name: name[:longest].strip(" -'"))


SNILS = st.integers(1_001_999, 999_999_999).map(snils_of)
INN = st.integers(100_000_000, 9_999_999_999).map(lambda number: inn_of(number, person=True))
PASSPORTS = st.builds(
    Passport,
    series=st.from_regex(r"[0-9]{4}", fullmatch=True),
    number=st.from_regex(r"[0-9]{6}", fullmatch=True),
    issued_on=st.dates(date(1998, 1, 1), date(2026, 1, 1)),
    department_code=st.from_regex(r"[0-9]{6}", fullmatch=True),
    issuer=st.one_of(
        st.just("ОУФМС России по гор. Москве"), st.just("ГУ МВД (№ 5) «Юг»"), st.just("О" * 255), st.just("О" * 200)
    ),
)
COMPANIES = st.builds(
    Organization,
    name=st.sampled_from(("АО «Ключ»", "ООО " + "Я" * 251)),
    inn=st.integers(10_000_000, 999_999_999).map(lambda number: inn_of(number, person=False)),
    ogrn=st.integers(100_000_000_000, 199_999_999_999).map(ogrn_of),
)
ENTREPRENEURS = st.builds(
    Organization, name=st.just("ИП"), inn=INN, ogrn=st.integers(30_000_000_000_000, 39_999_999_999_999).map(ogrn_of)
)
CLAIMS = st.builds(
    IdentityClaim,
    surname=_name(60),
    given_name=_name(49),
    middle_name=st.one_of(st.just(""), _name(49)),
    birth_date=st.dates(date(1920, 1, 1), date(2010, 1, 1)),
    sex=st.sampled_from(Sex),
    birth_place=st.sampled_from(("", "г. Тверь", "с. " + "Б" * 252)),
    passport=PASSPORTS,
    snils=SNILS,
    inn=INN,
    organization=COMPANIES,
)

"""Which column of a file means what: by the names people give to columns, in Russian and in English."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from portal.domain.attributes import KNOWN_ATTRIBUTES
from portal.domain.person_data import is_attribute_name
from portal.domain.texts import fold

#: What a column may mean beside an attribute.
UNIT: Final = "unit"
GROUPS: Final = "groups"
MANAGER: Final = "manager"
ACTIVE: Final = "active"
OTHERS: Final = (UNIT, GROUPS, MANAGER, ACTIVE)

_NAMES: Final = {
    "login": "login username user account samaccountname logonname logon логин учетнаязапись имявхода имяпользователя",
    "surname": "surname lastname familyname sn фамилия",
    "given_name": "givenname firstname name имя",
    "middle_name": "middlename patronymic secondname отчество",
    "cn": "cn commonname fullname displayname общееимя фио полноеимя",
    "email": "email mail emailaddress почта электроннаяпочта элпочта емейл адресэлектроннойпочты",
    "upn": "upn userprincipalname",
    "phone": "phone telephone tel telephonenumber телефон тел рабочийтелефон",
    "title": "title jobtitle position должность",
    "department": "department dept отдел",
    "organization": "organization organisation company o организация компания предприятие",
    "locality": "locality city town l город населенныйпункт",
    "region": "region state st регион область",
    "country": "country c countrytwoletters страна странадвебуквы",
    "street": "street address streetandhouse улица адрес улицаидом",
    "employee_number": "employeenumber employeeid personnelnumber табельныйномер таб табномер",
    "office": "office room кабинет комната офис",
    "snils": "snils снилс",
    "inn": "inn инн",
    UNIT: "unit container ou path подразделение контейнер путь",
    GROUPS: "groups group memberof группы группа",
    MANAGER: "manager boss руководитель начальник",
    ACTIVE: "active isactive enabled state status действует активен включен состояние статус",
}
_MEANINGS: Final = {name: target for target, names in _NAMES.items() for name in names.split()}
_NO_LETTER: Final = re.compile(r"[\W_]+")


def targets(further: Collection[str] = ()) -> tuple[str, ...]:
    """Everything a column may mean: known attributes, further ones, and what is no attribute."""
    more = sorted(set(further) - set(KNOWN_ATTRIBUTES))
    return (*KNOWN_ATTRIBUTES, *more, *OTHERS)


def guess(header: Sequence[str], further: Collection[str] = ()) -> tuple[str, ...]:
    """What each column seems to mean; empty for one that is left out, and nothing twice."""
    found: list[str] = []
    for name in header:
        target = _meaning(name, further)
        found.append("" if target in found else target)
    return tuple(found)


def checked(mapping: Sequence[str], header: Sequence[str], further: Collection[str]) -> tuple[str, ...]:
    """A mapping somebody chose, as long as the header; what cannot be meant is left out."""
    allowed = set(targets(further))
    chosen = [one if one in allowed else "" for one in mapping[: len(header)]]
    return tuple(chosen + [""] * (len(header) - len(chosen)))


def _meaning(name: str, further: Collection[str]) -> str:
    plain = _NO_LETTER.sub("", fold(name))
    if plain in _MEANINGS:
        return _MEANINGS[plain]
    lower = fold(name).replace(" ", "_")
    return lower if lower in further and is_attribute_name(lower) else ""

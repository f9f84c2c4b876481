"""What a question asks, by its kind of information; whoever asks wrongly is told so."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from portal.stands.smev.faults import Refusal
from portal.stands.smev.markup import Element, found, name_of, said

MVD: Final = "urn://mvd/guvm/passport-dossier/1.1.0"
GUVM: Final = "urn://mvd/guvm/basic-types/1.1.0"
SNILS: Final = "http://kvs.pfr.com/snils-validation/1.0.1"
SNILS_SEARCH: Final = "http://kvs.pfr.com/snils-by-additionalData/1.0.1"
COMMONS: Final = "urn://x-artefacts-smev-gov-ru/supplementary/commons/1.0.1"
INN: Final = "urn://x-artefacts-fns-inn-singular/root/270-18/4.0.1"
FNS: Final = "urn://x-artefacts-fns-inn/commons/4.0.0"
INN_SEARCH: Final = "urn://x-artefacts-fns-innfdrfio/root/085-05/4.0.0"
ENTITY: Final = "urn://x-artefacts-fns-vipul-tosmv-ru/311-14/4.0.6"
TRADER: Final = "urn://x-artefacts-fns-vipip-tosmv-ru/311-15/4.0.5"
ESIA: Final = "urn://mincomsvyaz/esia/reg_service/register_certificate/1.4.1"
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_DIGITS: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as its register understands it; ``passport`` is series and number in one."""

    service: str
    names: tuple[str, str, str] = ("", "", "")
    birth_date: str = ""
    snils: str = ""
    passport: str = ""
    ogrn: str = ""
    request: str = ""

    @property
    def marks(self) -> tuple[str, ...]:
        """By what the scenario book may know whom it is about."""
        return (self.snils, self.passport, self.ogrn, self.names[0])


def read_question(content: Element) -> Asked:
    """Raises Refusal for a kind nobody serves and for content that is not of its kind."""
    reader = _READERS.get(name_of(content))
    if reader is None:
        raise Refusal("BusinessDataTypeIsNotSupported", name_of(content)[1])
    return reader(content)


def _passport(content: Element) -> Asked:
    person = _needed(content, MVD, "person")
    names = tuple(said(person, GUVM, name) for name in ("lastName", "firstName", "middleName"))
    return _about("passport", names, said(person, GUVM, "birthDate"))


def _snils(content: Element) -> Asked:
    names = _common_names(content)
    asked = _about("snils", names, said(content, SNILS, "BirthDate"), snils=_digits(said(content, SNILS, "Snils"), 11))
    return _with_gender(asked, said(content, SNILS, "Gender"))


def _snils_search(content: Element) -> Asked:
    asked = _about("snils_search", _common_names(content), said(content, SNILS_SEARCH, "BirthDate"))
    return _with_gender(asked, said(content, SNILS_SEARCH, "Gender"))


def _inn(content: Element) -> Asked:
    person = _needed(content, INN, "СведФЛ")
    full, document = _needed(person, FNS, "ФИО"), _needed(person, FNS, "УдЛичнФЛ")
    _needed(content, INN, "СведЮЛ")
    names = tuple(full.get(name, "") for name in ("Фамилия", "Имя", "Отчество"))
    passport = document.get("СерНомДок", "")
    if not re.fullmatch(r"\d\d \d\d \d{6}", passport) or document.get("КодВидДок") != "21":
        raise Refusal("InvalidContent", "СерНомДок")
    numbers = {"passport": passport.replace(" ", ""), "request": _number(content.get("ИдЗапрос"))}
    return _about("inn", names, person.get("ДатаРожд", ""), **numbers)


def _inn_search(content: Element) -> Asked:
    person = _needed(content, INN_SEARCH, "DataPersonRequest")
    middle = said(person, INN_SEARCH, "Patronymic")
    if bool(middle) is (said(person, INN_SEARCH, "SignLackPatronymic") == "1"):
        raise Refusal("InvalidContent", "Patronymic")
    names = (person.get("FamilyName", ""), person.get("FirstName", ""), middle)
    return _about("inn_search", names, person.get("BirthDate", ""), request=_number(content.get("IDRequest")))


def _entity(content: Element) -> Asked:
    ogrn = said(_needed(content, ENTITY, "ЗапросЮЛ"), ENTITY, "ОГРН")
    return Asked("legal_entity", ogrn=_digits(ogrn, 13), request=_number(content.get("ИдДок")))


def _trader(content: Element) -> Asked:
    ogrn = said(_needed(content, TRADER, "ЗапросИП"), TRADER, "ОГРНИП")
    return Asked("entrepreneur", ogrn=_digits(ogrn, 15), request=_number(content.get("ИдДок")))


def _account(content: Element) -> Asked:
    snils = said(content, ESIA, "snils")
    if not re.fullmatch(r"\d{3}-\d{3}-\d{3} \d\d", snils) or not said(content, ESIA, "serialNumber"):
        raise Refusal("InvalidContent", "snils")
    names = tuple(said(content, ESIA, name) for name in ("lastName", "firstName", "middleName"))
    day, month, year = (said(content, ESIA, "birthDate") + "..").split(".")[:3]
    return _about("account", names, f"{year}-{month}-{day}", snils=re.sub(r"\D", "", snils))


def _about(service: str, names: tuple[str, ...], birth_date: str, **numbers: str) -> Asked:
    surname, given, middle = names
    if not (surname and given and _DATE.fullmatch(birth_date)):
        raise Refusal("InvalidContent", "a name or a date is missing")
    return Asked(service, (surname, given, middle), birth_date, **numbers)


def _with_gender(asked: Asked, gender: str) -> Asked:
    if gender not in {"Male", "Female"}:
        raise Refusal("InvalidContent", "Gender")
    return asked


def _common_names(content: Element) -> tuple[str, ...]:
    return tuple(said(content, COMMONS, name) for name in ("FamilyName", "FirstName", "Patronymic"))


def _needed(parent: Element, namespace: str, name: str) -> Element:
    child = found(parent, namespace, name)
    if child is None:
        raise Refusal("InvalidContent", name)
    return child


def _digits(text: str, count: int) -> str:
    if len(text) != count or not _DIGITS.fullmatch(text):
        raise Refusal("InvalidContent", f"{count} digits")
    return text


def _number(text: str | None) -> str:
    if not text or len(text) > 36:  # noqa: PLR2004 - by the schemas of these registers
        raise Refusal("InvalidContent", "the number of the request")
    return text


_READERS: Final[Mapping[tuple[str, str], Callable[[Element], Asked]]] = {
    (MVD, "passportDossierRequest"): _passport,
    (SNILS, "SnilsValidationRequest"): _snils,
    (SNILS_SEARCH, "SnilsByAdditionalDataRequest"): _snils_search,
    (INN, "FNSINNSingularRequest"): _inn,
    (INN_SEARCH, "INNFDRFIORequest"): _inn_search,
    (ENTITY, "FNSVipULRequest"): _entity,
    (TRADER, "FNSVipIPRequest"): _trader,
    (ESIA, "ESIARegisterCertificateRequest"): _account,
}

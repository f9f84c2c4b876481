"""What the registers answer: the truth by the book, or what was arranged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from portal.stands.smev import kinds
from portal.stands.smev.book import Book, Citizen, Company, Ending, folded
from portal.stands.smev.faults import Refusal
from portal.stands.smev.kinds import Asked
from portal.stands.smev.markup import Element, make, plain, put

_VALIDITY: Final = "urn://mvd/guvm/passport-validity-commons/1.1.0"
_TEXTS: Final[Mapping[str, str]] = {
    "NO_DATA": "Сведения не найдены",
    "FAILURE": "Сбой информационной системы",
    "ACCESS_DENIED": "Нет права на сведения",
    "UNKNOWN_REQUEST_DESCRIPTION": "Запрос не понят",
}


@dataclass(frozen=True, slots=True)
class Body:
    """What an answer says: one of these."""

    content: bytes = b""
    rejects: tuple[tuple[str, str], ...] = ()
    progress: tuple[str, str] | None = None
    status: Refusal | None = None

    @property
    def title(self) -> str:
        """In a word, for whoever watches."""
        if self.rejects:
            return " ".join(code for code, _ in self.rejects)
        if self.status is not None:
            return self.status.name
        return "RequestStatus" if self.progress else "MessagePrimaryContent"


def rejection(*codes: str) -> Body:
    return Body(rejects=tuple((code, _TEXTS.get(code, code)) for code in codes))


IN_WORK: Final = Body(progress=("1", "Запрос принят в работу"))
NO_DATA: Final = rejection("NO_DATA")
GARBAGE: Final = Body(content=plain(make("urn://stand/garbage/1.0", "Garbage", "?")))


def answer(asked: Asked, book: Book, ending: Ending) -> Body:
    """What the register says, one way or the other."""
    match ending.kind:
        case "reject":
            return rejection(*ending.argument.split("+"))
        case "status" | "note":
            return Body(status=Refusal(ending.argument or "InvalidContent", "arranged"))
        case "garbage":
            return GARBAGE
        case _:
            return _ANSWERS[asked.service](asked, book, ending.argument if ending.kind == "invalid" else "")


def flattering(asked: Asked, book: Book) -> Body:
    """What a forger would say: everything is as claimed, as far as he knows."""
    if asked.service == "snils":
        return _content(_filled(kinds.SNILS, "SnilsValidationResponse", Result="true"))
    return _ANSWERS[asked.service](asked, book, "")


def _passport(asked: Asked, book: Book, reason: str) -> Body:
    citizen = book.citizen(asked.names, asked.birth_date)
    if citizen is None or not citizen.number:
        return NO_DATA
    root = make(kinds.MVD, "passportDossierResponse")
    person = put(root, kinds.MVD, "person")
    dossier = put(root, kinds.MVD, "passportDossier")
    for parent in (person, put(dossier, kinds.MVD, "person")):
        for name, value in zip(("lastName", "firstName", "middleName"), asked.names, strict=True):
            if value:
                put(parent, kinds.GUVM, name, value)
    _passport_of(put(dossier, kinds.MVD, "passport"), citizen, reason or citizen.reason)
    return _content(root)


def _passport_of(passport: Element, citizen: Citizen, reason: str) -> None:
    put(passport, kinds.GUVM, "series", citizen.series)
    put(passport, kinds.GUVM, "number", citizen.number)
    put(passport, kinds.MVD, "issuerCode", citizen.department)
    put(passport, kinds.MVD, "issuerName", citizen.issuer or "МВД")
    put(passport, kinds.MVD, "issueDate", citizen.issued_on)
    state = put(passport, kinds.MVD, "invalidDoc" if reason else "validDoc")
    if reason:
        put(state, _VALIDITY, "invalidityReason", reason)
        put(state, _VALIDITY, "invalidityDate", "2025-01-15")


def _snils(asked: Asked, book: Book, _: str) -> Body:
    citizen = book.citizen(asked.names, asked.birth_date)
    if citizen is None or not citizen.snils:
        return NO_DATA
    result = "true" if citizen.snils == asked.snils else "false"
    return _content(_filled(kinds.SNILS, "SnilsValidationResponse", Result=result))


def _snils_search(asked: Asked, book: Book, _: str) -> Body:
    citizen = book.citizen(asked.names, asked.birth_date)
    if citizen is None or not citizen.snils:
        return NO_DATA
    root = make(kinds.SNILS_SEARCH, "SnilsByAdditionalDataResponse")
    for name, value in zip(("FamilyName", "FirstName", "Patronymic"), asked.names, strict=True):
        if value:
            put(root, kinds.COMMONS, name, value)
    put(root, kinds.SNILS_SEARCH, "Snils", citizen.snils)
    put(root, kinds.SNILS_SEARCH, "BirthDate", citizen.birth_date)
    put(root, kinds.SNILS_SEARCH, "Gender", citizen.sex.title())
    return _content(root)


def _inn(asked: Asked, book: Book, _: str) -> Body:
    citizen = book.citizen(asked.names, asked.birth_date)
    root = make(kinds.INN, "FNSINNSingularResponse", ИдЗапрос=asked.request)
    if citizen is not None and citizen.inn and citizen.series + citizen.number == asked.passport:
        root.set("ИННФЛ", citizen.inn)
    return _content(root)


def _inn_search(asked: Asked, book: Book, _: str) -> Body:
    citizen = book.citizen(asked.names, asked.birth_date)
    found = {"PhysicalPersonINN": citizen.inn} if citizen is not None and citizen.inn else {"TreatmentCode": "01"}
    root = _filled(kinds.INN_SEARCH, "INNFDRFIOResponse", **found)
    root.set("IDRequest", asked.request)
    return _content(root)


def _entity(asked: Asked, book: Book, _: str) -> Body:
    company = book.companies.get(asked.ogrn)
    if company is None:
        return _content(_filled(kinds.ENTITY, "FNSVipULResponse", КодОбр="01"))
    root = make(kinds.ENTITY, "FNSVipULResponse")
    entity = put(root, kinds.ENTITY, "СвЮЛ", ОГРН=company.ogrn, ИНН=company.inn)
    put(entity, kinds.ENTITY, "СвНаимЮЛ", НаимЮЛПолн=company.name)
    if company.closed:
        put(entity, kinds.ENTITY, "СвПрекрЮЛ", ДатаПрекрЮЛ="2025-01-15")
    put(put(entity, kinds.ENTITY, "СведДолжнФЛ"), kinds.ENTITY, "СвФЛ", **_names(company))
    return _content(root)


def _trader(asked: Asked, book: Book, _: str) -> Body:
    company = book.companies.get(asked.ogrn)
    if company is None:
        return _content(_filled(kinds.TRADER, "FNSVipIPResponse", КодОбр="01"))
    root = make(kinds.TRADER, "FNSVipIPResponse")
    found = put(root, kinds.TRADER, "СвИП")
    put(put(found, kinds.TRADER, "СвФЛ"), kinds.TRADER, "ФИОРус", **_names(company))
    put(found, kinds.TRADER, "СвРегИП", ОГРНИП=company.ogrn)
    if company.closed:
        put(found, kinds.TRADER, "СвПрекращ")
    return _content(root)


def _account(asked: Asked, book: Book, _: str) -> Body:
    citizen = book.citizen(asked.names, asked.birth_date)
    known = citizen is not None and citizen.snils == asked.snils
    return _content(
        _filled(kinds.ESIA, "ESIARegisterCertificateResponse", status="SUCCEEDED" if known else "VALIDATION_FAILED")
    )


def _names(company: Company) -> dict[str, str]:
    names = {"Фамилия": company.surname, "Имя": company.given_name, "Отчество": company.middle_name}
    return {name: folded(value).upper() for name, value in names.items() if value}


def _filled(namespace: str, root: str, **values: str) -> Element:
    made = make(namespace, root)
    for name, value in values.items():
        put(made, namespace, name, value)
    return made


def _content(root: Element) -> Body:
    return Body(content=plain(root))


_ANSWERS: Final[Mapping[str, Callable[[Asked, Book, str], Body]]] = {
    "passport": _passport,
    "snils": _snils,
    "snils_search": _snils_search,
    "inn": _inn,
    "inn_search": _inn_search,
    "legal_entity": _entity,
    "entrepreneur": _trader,
    "account": _account,
}

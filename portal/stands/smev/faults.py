"""Faults as the exchange tells them, in its own words."""

from collections.abc import Mapping
from typing import Final

from lxml import etree

from portal.stands.smev.markup import SOAP, XSI, Element, make, put

FAMILY: Final = "urn://x-artefacts-smev-gov-ru/services/message-exchange/types/"
ADAPTER_FAULTS: Final = "urn://x-artefacts-smev-gov-ru/services/service-adapter/types/faults"
#: What the fault says, after the number by which clients may know it.
TEXTS: Final[Mapping[str, str]] = {
    "SMEVFailure": "SMEV-500:Внутренняя ошибка",
    "DestinationOverflow": "SMEV-600:Очередь получателя переполнена",
    "MessageIsAlreadySent": "SMEV-301:Сообщение с таким идентификатором уже отправлено",
    "StaleMessageId": "SMEV-302:Идентификатор сообщения устарел",
    "InvalidMessageIdFormat": "SMEV-303:Идентификатор сообщения не UUID версии 1",
    "EndOfLifeReached": "SMEV-304:Срок жизни сообщения истёк",
    "InvalidContent": "SMEV-403:Содержимое не соответствует схеме",
    "AttachmentContentMiscoordination": "SMEV-202:Вложения не соответствуют заголовкам",
    "AttachmentSizeLimitExceeded": "SMEV-203:Вложения слишком велики",
    "QuoteLimitExceeded": "SMEV-204:Квота исчерпана",
    "BusinessDataTypeIsNotSupported": "SMEV-404:Вид сведений не зарегистрирован",
    "UnknownMessageType": "SMEV-405:Неизвестный тип сообщения",
    "AccessDenied": "SMEV-401:Нет доступа к виду сведений",
    "PersonalAccessDenied": "SMEV-402:Должностному лицу доступ запрещён",
    "SenderIsNotRegistered": "SMEV-102:Отправитель не зарегистрирован",
    "RecipientIsNotFound": "SMEV-103:Получатель не найден",
    "TransactionCodeInvalid": "SMEV-305:Код транзакции неверен",
    "SignatureVerificationFault": "SMEV-101:Подпись не прошла проверку",
    "TargetMessageIsNotFound": "SMEV-306:Сообщение не найдено",
}
#: What some faults say besides, in the order of their schemas.
_BESIDES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "BusinessDataTypeIsNotSupported": (("RootElementLocalName", "{detail}"), ("RootElementNamespaceURI", "{detail}")),
    "InvalidContent": (("ValidationError", "{detail}"),),
    "AttachmentSizeLimitExceeded": (("PermittedTotalAttachmentSize", "0"), ("RealTotalAttachmentSize", "1")),
    "QuoteLimitExceeded": (("RemainedTotalQuoteSize", "0"), ("RealTotalAttachmentSize", "1")),
    "SignatureVerificationFault": (("SignatureVerificationFault", "{detail}"),),
    "DestinationOverflow": (("MessageBrokerAddress", "stand"), ("DestinationName", "stand")),
}
_VOID: Final = frozenset(
    {
        *("UnknownMessageType", "MessageIsAlreadySent", "InvalidMessageIdFormat", "StaleMessageId", "AccessDenied"),
        *("AttachmentContentMiscoordination", "SMEVFailure", "RecipientIsNotFound", "SenderIsNotRegistered"),
        "TargetMessageIsNotFound",
    }
)


class Refusal(Exception):  # noqa: N818 - named after what it is
    """A fault of the exchange; ``detail`` says which part of it."""

    def __init__(self, name: str, detail: str = "") -> None:
        super().__init__(name, detail)
        self.name = name
        self.detail = detail


def fault(refusal: Refusal, version: str) -> Element:
    """A SOAP fault of the direct exchange."""
    told = make(f"{FAMILY}faults/{version}", refusal.name)
    if refusal.name not in _VOID:
        _tell(told, refusal, version, "SYNC")
    client = "Server" if refusal.name in {"SMEVFailure", "DestinationOverflow"} else "Client"
    return _soap_fault(client, TEXTS.get(refusal.name, refusal.name), told)


def status_fault(parent: Element, refusal: Refusal, version: str) -> None:
    """The same in a status, when it was found out after the message had been taken."""
    named = refusal.name not in _VOID
    faults = f"{FAMILY}faults/{version}"
    kind = {f"{{{XSI}}}type": f"f:{refusal.name}"} if named else {}
    told = etree.SubElement(parent, etree.QName(f"{FAMILY}{version}", "SmevFault"), kind, nsmap={"f": faults})
    _tell(told, refusal, version, "ASYNC", besides=named)


def adapter_fault(name: str, text: str) -> Element:
    """A SOAP fault of the adapter."""
    told = make(ADAPTER_FAULTS, name)
    put(told, ADAPTER_FAULTS, "code", "1")
    put(told, ADAPTER_FAULTS, "description", text)
    return _soap_fault("Server" if name == "SystemFault" else "Client", text, told)


def _tell(told: Element, refusal: Refusal, version: str, stage: str, *, besides: bool = True) -> None:
    basic, faults = f"{FAMILY}basic/{version}", f"{FAMILY}faults/{version}"
    put(told, basic, "Code", f"stand:smev:1:TR:{stage}:3:1")
    put(told, basic, "Description", TEXTS.get(refusal.name, refusal.name))
    for name, text in _BESIDES.get(refusal.name, ()) if besides else ():
        more = {"errorPosition": "0"} if name == "ValidationError" else {}
        put(told, faults, name, text.format(detail=refusal.detail or "-"), **more)


def _soap_fault(code: str, text: str, told: Element) -> Element:
    made = make(SOAP, "Fault")
    for name, value in (("faultcode", f"soap:{code}"), ("faultstring", text)):
        etree.SubElement(made, name).text = value
    etree.SubElement(made, "detail").append(told)
    return made

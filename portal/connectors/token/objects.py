"""Objects on a token: searching so that one unreadable object hides no other, and reading attributes leniently."""

import logging
from collections.abc import Iterable
from typing import Any, Final

from pkcs11 import Attribute, Object, ObjectClass, Session
from pkcs11._pkcs11 import SearchIter  # type: ignore[attr-defined]  # not in the library's stubs
from pkcs11.attributes import AttributeMapper, handle_ulong
from pkcs11.exceptions import (
    AttributeSensitive,
    AttributeTypeInvalid,
    AttributeValueInvalid,
    FunctionFailed,
    GeneralError,
    ObjectHandleInvalid,
)

_log = logging.getLogger(__name__)
Template = dict[Attribute, Any]

#: What one bad object makes modules say, as opposed to a bad session.
UNREADABLE: Final = (
    *(AttributeSensitive, AttributeTypeInvalid, AttributeValueInvalid),
    *(FunctionFailed, GeneralError, ObjectHandleInvalid, ValueError),
)


def lenient_mapper() -> AttributeMapper:
    """The library's mapper, but labels in a foreign encoding and vendors' key types are no errors."""
    mapper = AttributeMapper()
    mapper.register_handler(Attribute.LABEL, str.encode, lambda raw: raw.decode("utf-8", "replace"))
    mapper.register_handler(Attribute.KEY_TYPE, *handle_ulong)
    return mapper


def find(session: Session, kind: ObjectClass, key_id: str) -> list[Object]:
    """Every object of a class with this CKA_ID, or every readable one of the class where there is no CKA_ID.

    An object that is asked for by its CKA_ID must be readable: to skip it would be to say that it is not there.
    """
    template: Template = {Attribute.CLASS: kind}
    if key_id:
        return list(session.get_objects(template | {Attribute.ID: bytes.fromhex(key_id)}))
    return _readable(session, template)


def everything(session: Session) -> list[Object]:
    """Every readable object, in one search: each takes a token as long as a signature."""
    return _readable(session, {})


def with_id(session: Session, key_id: str) -> list[Object]:
    """Every object with this CKA_ID, of whatever class; each of them must be readable."""
    return list(session.get_objects({Attribute.ID: bytes.fromhex(key_id)}))


def attributes(obj: Object, wanted: Iterable[Attribute]) -> dict[Attribute, Any]:
    """The attributes the object has; one by one where the module refuses a request that names a missing one."""
    names = list(wanted)
    try:
        return dict(obj.get_attributes(names))
    except UNREADABLE:
        pass
    found: dict[Attribute, Any] = {}
    for name in names:
        try:
            found[name] = obj[name]
        except UNREADABLE:
            continue
    return found


def destroy_all(objects: Iterable[Object]) -> None:
    """Delete these objects."""
    for obj in objects:
        obj.destroy()


def _readable(session: Session, template: Template) -> list[Object]:
    try:
        return list(session.get_objects(template))
    except UNREADABLE:
        return _one_by_one(session, template)


def _one_by_one(session: Session, template: Template) -> list[Object]:
    readable: list[Object] = []
    with SearchIter(session, template, 1) as search:
        for batch in search:
            try:
                readable.extend(batch)
            except UNREADABLE as error:
                _log.warning("an object on the token cannot be read: %s", type(error).__name__)
    return readable


def hex_id(raw: bytes | None) -> str:
    """CKA_ID in lower hex."""
    return (raw or b"").hex()

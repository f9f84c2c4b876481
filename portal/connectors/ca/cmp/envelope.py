"""Messages read into values and put together again; whatever does not fit is refused here, once."""

from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes
from typing import Any, Final

from asn1crypto import core
from asn1crypto import x509 as asn1

from portal.connectors.ca.cmp.asn1 import Infos, PkiBody, PkiHeader, PkiMessage, ProtectedPart
from portal.connectors.ca.cmp.protection import PASSWORD_BASED, Protection
from portal.connectors.ca.crmf import Algorithm

MEDIA_TYPE: Final = "application/pkixcmp"
LARGEST: Final = 64 * 1024
_VERSIONS: Final = frozenset({2, 3})
_IMPLICIT: Final = "1.3.6.1.5.5.7.4.13"
_PROFILE: Final = "1.3.6.1.5.5.7.4.21"
_GENERAL: Final = frozenset({"genm", "genp"})
_LONGEST_ID: Final = 64
#: A name without parts.
NOBODY: Final = b"0\0"


class BadMessage(Exception):  # noqa: N818 - it says what happened
    """Bytes that are no message of CMP, or one of a kind we do not know."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a message says of itself; nonces tie an answer to its question."""

    transaction: bytes
    nonce: bytes = field(default_factory=lambda: token_bytes(16))
    answers: bytes = b""
    recipient: bytes = NOBODY
    kid: bytes = b""
    implicit: bool = False
    profile: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One that was read. ``content`` is its body; ``data`` is what its protection is over."""

    kind: str
    head: Head
    content: Any
    sender: bytes
    algorithm: Algorithm | None
    protection: bytes
    data: bytes
    certificates: tuple[bytes, ...]

    @property
    def by_secret(self) -> bool:
        """Whether it says to be protected by a secret."""
        return self.algorithm is not None and self.algorithm["algorithm"].dotted == PASSWORD_BASED


def read(data: bytes) -> Message:
    """A message; raises BadMessage."""
    try:
        return _read(PkiMessage.load(data, strict=True))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise BadMessage(str(error)[:200]) from error


def _read(said: PkiMessage) -> Message:
    header, body = said["header"], said["body"]
    if header["pvno"].native not in _VERSIONS:
        raise BadMessage("version")
    content = body.chosen
    # all of it is read now, so that nothing unreadable is found later; in general messages the values are anything
    _ = [one["type"].native for one in content] if body.name in _GENERAL else content.native
    extra = said["extra_certs"]
    return Message(
        kind=body.name,
        head=_head(header),
        content=content,
        sender=_name(header["sender"]),
        algorithm=_algorithm(header["protection_alg"]),
        protection=said["protection"].native or b"",
        data=ProtectedPart({"header": header, "body": body}).dump(),
        certificates=tuple(one.dump() for one in extra) if _given(extra) else (),
    )


def _head(header: PkiHeader) -> Head:
    told = header["general_info"] if _given(header["general_info"]) else ()
    infos = {one["type"].dotted: one["value"] for one in told}
    if not _octets(header["transaction_id"]):
        raise BadMessage("no transaction")
    return Head(
        transaction=_octets(header["transaction_id"]),
        nonce=_octets(header["sender_nonce"]),
        answers=_octets(header["recip_nonce"]),
        recipient=_name(header["recipient"]),
        kid=_octets(header["sender_kid"]),
        implicit=_IMPLICIT in infos,
        profile=_profile(infos[_PROFILE]) if _PROFILE in infos else "",
        at=_moment(header["message_time"].native),
    )


def compose(kind: str, content: Any, head: Head, protection: Protection | None) -> bytes:
    """A message in DER; without protection only where nobody could check one."""
    header: dict[str, Any] = {
        "pvno": 2,
        "sender": _directory(protection.sender if protection else NOBODY),
        "recipient": _directory(head.recipient),
        "transaction_id": head.transaction,
        "sender_nonce": head.nonce,
    }
    optional = {
        "message_time": head.at,
        "recip_nonce": head.answers or None,
        "sender_kid": (protection.kid if protection else b"") or None,
        "general_info": _infos(head),
    }
    header |= {name: value for name, value in optional.items() if value is not None}
    body = PkiBody(name=kind, value=content)
    if protection is None:
        return bytes(PkiMessage({"header": PkiHeader(header), "body": body}).dump())
    algorithm, protect = protection.begin()
    said = PkiHeader({**header, "protection_alg": algorithm})
    message: dict[str, Any] = {"header": said, "body": body}
    message["protection"] = protect(ProtectedPart({"header": said, "body": body}).dump())
    if protection.certificates:
        message["extra_certs"] = [asn1.Certificate.load(one) for one in protection.certificates]
    return bytes(PkiMessage(message).dump())


def _infos(head: Head) -> Infos | None:
    found = [{"type": _IMPLICIT, "value": core.Any(core.Null())}] if head.implicit else []
    if head.profile:
        names = core.SequenceOf([core.UTF8String(head.profile)], spec=core.UTF8String)
        found.append({"type": _PROFILE, "value": core.Any(names)})
    return Infos(found) if found else None


def _profile(value: Any) -> str:
    names = core.SequenceOf.load(value.dump(), spec=core.UTF8String)
    return str(names[0].native) if len(names) else ""


def _moment(value: Any) -> datetime | None:
    """When, if that is said with a zone and in years a calendar knows."""
    return value if isinstance(value, datetime) and value.tzinfo else None


def _octets(value: Any) -> bytes:
    found = value.native or b""
    if len(found) > _LONGEST_ID:
        raise BadMessage("too long an id")
    return bytes(found)


def _algorithm(value: Any) -> Algorithm | None:
    """How it says to be protected, its name read: who sent it is asked by that before anything else."""
    if not _given(value):
        return None
    found: Algorithm = value
    _ = found["algorithm"].dotted
    return found


def _given(value: Any) -> bool:
    return not isinstance(value, core.Void)


def _name(value: Any) -> bytes:
    """The name of a directory in DER; other names are nobody's."""
    return bytes(value.chosen.untag().dump()) if value.name == "directory_name" else NOBODY


def _directory(name: bytes) -> asn1.GeneralName:
    return asn1.GeneralName(name="directory_name", value=asn1.Name.load(name))

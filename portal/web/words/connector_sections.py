"""The sections a form of a connector is grouped into: which field stands where, and what the section is called."""

from enum import StrEnum, unique
from typing import Final

from flask_babel import LazyString

from portal.domain.connector_fields import Field, FieldKind
from portal.domain.connector_kinds import ConnectorKind
from portal.web.translate import lazy_gettext as _l


@unique
class Section(StrEnum):
    """In the order of the form; the last one is folded away."""

    CONNECTION = "connection"
    TRUST = "trust"
    SUBJECT = "subject"
    RULES = "rules"
    ADVANCED = "advanced"


#: Where fields stand whose kind does not tell it.
_NAMED: Final = {
    **dict.fromkeys(("user", "account", "client", "client_id", "bind_dn", "schema", "label"), Section.CONNECTION),
    **dict.fromkeys(("certificate", "reference", "ca_serial", "domain"), Section.CONNECTION),
    "revocations": Section.TRUST,
    "nested": Section.SUBJECT,
    **dict.fromkeys(("every_minutes", "when_disabled", "when_gone", "most_leaving", "roles"), Section.RULES),
    **dict.fromkeys(("people_filter", "groups_base_dn", "groups_filter", "attributes", "changes"), Section.ADVANCED),
    **dict.fromkeys(("scopes", "token_header"), Section.ADVANCED),
}
_BY_KIND: Final = {
    FieldKind.ADDRESS: Section.CONNECTION,
    FieldKind.FOLDER: Section.CONNECTION,
    FieldKind.SECRET: Section.CONNECTION,
    FieldKind.KEY: Section.CONNECTION,
    FieldKind.CERTIFICATE: Section.TRUST,
    FieldKind.NUMBER: Section.ADVANCED,
    FieldKind.SWITCH: Section.RULES,
}
_TITLES: Final = {
    Section.CONNECTION: _l("Connection"),
    Section.TRUST: _l("What is trusted"),
    Section.RULES: _l("Rules"),
    Section.ADVANCED: _l("Further settings"),
}
#: What it is about differs with what is connected.
_SUBJECTS: Final = {
    "ca": _l("What may be ordered"),
    "directory": _l("What is read"),
    "register": _l("How things are called there"),
    "signin": _l("Who signs in"),
}
_HINTS: Final = {
    Section.CONNECTION: _l("Where it is, and whom the portal introduces itself as."),
    Section.TRUST: _l("Nothing else is believed: a server or a certificate that does not lead here is refused."),
    Section.ADVANCED: _l("They fit as they are, unless the other side was set up in a way of its own."),
}


def section_of(field: Field) -> Section:
    """Where a field stands in the form."""
    if field.name in _NAMED:
        return _NAMED[field.name]
    if field.name.startswith("path_"):
        return Section.SUBJECT
    return _BY_KIND.get(field.kind, Section.SUBJECT)


def section_title(section: Section, kind: ConnectorKind) -> str:
    """What the section is called in the form of this kind."""
    if section is Section.SUBJECT:
        return str(_SUBJECTS.get(kind.family, _l("What it is about")))
    return str(_TITLES[section])


def section_hint(section: Section) -> LazyString | str:
    """A line of help; empty where the fields speak for themselves."""
    return _HINTS.get(section, "")

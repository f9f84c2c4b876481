"""What the fields of connectors are called, with a line of help each; choices by their value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from flask_babel import LazyString

from portal.domain.connector_kinds import ConnectorKind
from portal.web.translate import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class FieldWords:
    """Label and help of one field; ``choices`` names what may be chosen."""

    label: LazyString
    help: LazyString
    choices: Mapping[str, LazyString] = field(default_factory=dict)


PROFILES: Final = FieldWords(
    _l("Profiles"),
    _l("What may be ordered, a line each: name; purpose (sign, authenticate or encrypt); days of validity."),
)
TRUSTED_CA: Final = FieldWords(
    _l("Certificates of the authority"),
    _l("In PEM, up to the root: what is issued must lead to one of them, or it is refused."),
)

FILES: Final = {
    "folder_out": FieldWords(_l("Folder of requests"), _l("On this server; the portal puts files here.")),
    "folder_in": FieldWords(_l("Folder of answers"), _l("On this server; the portal takes certificates from here.")),
    "poll_minutes": FieldWords(_l("Look every … minutes"), _l("How often the folder of answers is looked into.")),
    "profiles": PROFILES,
    "trusted": TRUSTED_CA,
}

#: By kind and field.
FIELDS: Final[Mapping[ConnectorKind, Mapping[str, FieldWords]]] = {
    ConnectorKind.CA_FILES: FILES,
}


def field_words(kind: ConnectorKind, name: str) -> FieldWords:
    """The words of a field."""
    return FIELDS[kind][name]

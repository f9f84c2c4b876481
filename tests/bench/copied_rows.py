"""How a row of a small fleet becomes a row of one of its copies: what changes, as SQL both databases read.

Rows are copied out of tables in which ``copies.py`` left marks where a copy differs inside a longer text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from portal.db import models
from portal.db.base import Base

#: Stands where a copy has its own beginning of a fingerprint, a key or a serial number of a certificate.
MARK: Final = "########"
#: Stands where a copy has the serial number of its own device.
SERIAL: Final = "~serial~"
#: The distance of the serial numbers of two generated devices.
SERIAL_STEP: Final = 37

_MARKED: Final = f"replace({{column}}, '{MARK}', '{{mark}}')"
_AT: Final = "replace({column}, '@', '{tag}@')"
_NUMBERED_DEVICE: Final = "{column} + {copy} * {devices}"
_NUMBERED_PERSON: Final = "{column} + {copy} * {people}"
_NUMBERED_UPDATE: Final = "{column} + {copy} * {updates}"
_SERIAL: Final = f"CAST(CAST(serial AS BIGINT) + {{copy}} * {{devices}} * {SERIAL_STEP} AS TEXT)"
_OF_SEEN: Final = f"replace({_MARKED}, '{SERIAL}', {_SERIAL})"
_LOGIN_WORD: Final = "substr(login_key, 3)"  # without the initial and its dot: no word of a name holds it


@dataclass(frozen=True, slots=True)
class Copied:
    """A table with what changes of it; its own numbers are left to the database where no other table names them."""

    table: type[Base]
    changed: Mapping[str, str]
    unnumbered: bool = False
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        columns = self.table.metadata.tables[self.table.__tablename__].columns
        names = tuple(one.name for one in columns if not (self.unnumbered and one.name == "id"))
        object.__setattr__(self, "names", names)

    def expression(self, column: str, words: Mapping[str, object]) -> str:
        """What a copy has in this column."""
        return self.changed.get(column, "{column}").format(column=f'"{column}"', **words)


TABLES: Final = (
    Copied(
        models.Person,
        {
            "id": _NUMBERED_PERSON,
            "login": "login || '{tag}'",
            "email": _AT,
            "attributes": f"""replace({_AT}, '"login":"' || login || '"', '"login":"' || login || '{{tag}}"')""",
            "search_key": f"replace(search_key, {_LOGIN_WORD}, {_LOGIN_WORD} || '{{tag}}')",
            "login_key": "login_key || '{tag}'",
            "email_key": _AT,
            "upn_key": _AT,
        },
    ),
    Copied(models.Membership, {"person_id": _NUMBERED_PERSON}),
    Copied(
        models.Device,
        {
            "id": _NUMBERED_DEVICE,
            "serial": _SERIAL,
            "label": "replace(label, CAST(id AS TEXT), CAST(id + {copy} * {devices} AS TEXT))",
            "holder_id": _NUMBERED_PERSON,
        },
    ),
    Copied(
        models.DeviceContents,
        {
            "device_id": _NUMBERED_DEVICE,
            "contents": _OF_SEEN,
            "contents_hash": f"{{sha256}}({_OF_SEEN})",
        },
    ),
    Copied(
        models.Certificate,
        {
            "device_id": _NUMBERED_DEVICE,
            **dict.fromkeys(("fingerprint", "key_id", "serial"), _MARKED),
            "attributes": _AT,
            "update_id": _NUMBERED_UPDATE,
        },
        unnumbered=True,
    ),
    Copied(models.DeviceStanding, {"device_id": _NUMBERED_DEVICE, "holder_id": _NUMBERED_PERSON}),
    Copied(models.DeviceFinding, {"device_id": _NUMBERED_DEVICE, "fingerprint": _MARKED}),
    Copied(models.Peculiarity, {"device_id": _NUMBERED_DEVICE, "fingerprint": _MARKED}),
    Copied(models.Registration, {"device_id": _NUMBERED_DEVICE}),
    Copied(models.KnownForeign, {"device_id": _NUMBERED_DEVICE, "fingerprint": _MARKED}),
    Copied(
        models.Update,
        {"id": _NUMBERED_UPDATE, "uuid": "'{mark}' || substr(uuid, 9)", "device_id": _NUMBERED_DEVICE},
    ),
    Copied(models.UpdateStep, {"update_id": _NUMBERED_UPDATE}, unnumbered=True),
)

#: The words of the copies; sorted, as the table is.
TERMS: Final = """
    INSERT INTO search_terms (kind, term, entity_id)
    SELECT kind, term, entity_id FROM (
        SELECT 'person' AS kind,
            CASE WHEN replace(term, '@', '') <> term THEN replace(term, '@', tag || '@')
                WHEN substr(term, length(term)) BETWEEN '0' AND '9' THEN term || tag
                ELSE term END AS term,
            entity_id + copy * {people} AS entity_id
        FROM copied_search_terms CROSS JOIN copies WHERE kind = 'person'
        UNION ALL SELECT 'device', serial, id FROM devices WHERE id > {devices}
        UNION ALL SELECT 'device', CAST(id AS TEXT), id FROM devices WHERE id > {devices}
        UNION ALL SELECT 'device', term, entity_id + copy * {devices}
        FROM copied_search_terms CROSS JOIN copies WHERE kind = 'device' AND NOT term BETWEEN '0' AND '9a'
    ) AS words ORDER BY kind, term, entity_id
"""

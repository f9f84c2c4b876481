"""What was last seen on a token, kept: one row for each device that was ever seen."""

from functools import cache
from typing import Final

from sqlalchemy import BindParameter, Connection, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from portal.db.models import DeviceContents
from portal.db.prepared import Prepared
from portal.domain import codec
from portal.domain.contents import TokenContents
from portal.domain.ids import DeviceId

_DEVICE: Final[BindParameter[int]] = bindparam("b_device")
_OWN: Final = DeviceContents


def store_contents(connection: Connection, device: DeviceId, contents: TokenContents) -> None:
    """Have this in place of what was seen before."""
    said = {"b_contents": codec.to_json(contents), "b_hash": contents.content_hash()}
    _statement(connection.dialect.name).run(connection, {"b_device": device, **said})


@cache
def _statement(dialect: str) -> Prepared:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    values = {
        "contents": bindparam("b_contents", type_=_OWN.contents.type),
        "contents_hash": bindparam("b_hash", type_=_OWN.contents_hash.type),
    }
    row = insert(_OWN).inline().values(device_id=_DEVICE, **values)
    seen = {name: row.excluded[name] for name in values}
    return Prepared(row.on_conflict_do_update(index_elements=["device_id"], set_=seen))

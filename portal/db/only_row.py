"""Settings of which there is one row: whoever changes them has seen the version that is there, or is told so."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, update
from sqlalchemy.exc import IntegrityError


def keep_one(connection: Connection, model: Any, values: Mapping[str, Any], *, seen: int, otherwise: Exception) -> None:
    """Write them over the version that was seen, 0 for none at all; raises ``otherwise`` when somebody was quicker."""
    if seen:
        newest = update(model).where(model.version == seen)
        if connection.execute(newest.values(**values, version=model.version + 1)).rowcount != 1:
            raise otherwise
        return
    try:
        with connection.begin_nested():
            connection.execute(insert(model).values(id=1, **values, version=1))
    except IntegrityError as error:
        raise otherwise from error

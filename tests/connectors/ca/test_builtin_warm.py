"""What a worker does once before it forks leaves nothing with the authority."""

from pathlib import Path

from sqlalchemy import create_engine, func, select

from portal.connectors.ca.builtin.store import CaStore
from portal.connectors.ca.builtin.tables import ORDERS


def test_warming_up_again_and_again_leaves_no_order(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ca.db'}"
    store = CaStore(url)
    store.prepare()
    for authority in ("main", "main", "other"):
        store.warm(authority)
    with create_engine(url).connect() as connection:
        assert connection.execute(select(func.count()).select_from(ORDERS)).scalar_one() == 0

"""Indeed Access Manager and Secret Net Studio of the demonstration: a stand plays them, two connectors lead there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select

from portal.bootstrap import Portal
from portal.connectors.registers.contract.documents import ELECTRONIC_IDENTIFIER, described
from portal.db.models import Connector, Device, Registration
from portal.db.queries.device_descriptions import register_order
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.connectors.indeed import METHODS
from portal.domain.device import DeviceState
from portal.domain.ids import ConnectorId
from portal.domain.policy import Register
from portal.services.connectors import ConnectorDraft
from portal.stands.registers.access import Access, access_in
from portal.stands.registers.indeed import UPDATE
from portal.stands.registers.keys import line_keys
from portal.stands.registers.shelf import Shelf
from portal.stands.registers.stand import FACES

_ACTOR: Final = "demo"
_BOOK: Final = "devices.db"


def connect_registers(portal: Portal, port: int, folder: Path) -> None:
    """Lead both connectors to the stand at this port, unless people have led them elsewhere."""
    access, keys = access_in(folder), line_keys(folder)
    for draft in _drafts(access, f"https://127.0.0.1:{port}", keys.trust.read_text()):
        _connect(portal, draft)
    if not (folder / _BOOK).exists():
        _write_book(portal, Shelf(folder / _BOOK), access)


def _drafts(access: Access, address: str, trust: str) -> Iterator[ConnectorDraft]:
    told = {"server_trusted": trust, "token_header": "X-Session-Token", "user_prefix": access.user_prefix}
    told |= {"mode_id": access.mode_id, "account": access.account, "password": access.password}
    told |= {f"path_{name}": path for name, path in METHODS.items()} | {"path_update": UPDATE}
    indeed = {"address": address + FACES["indeed"], **told}
    yield ConnectorDraft(ConnectorKind.REGISTER_INDEED, "indeed-am", indeed)
    worker = {"address": address + FACES["secret_net"], "server_trusted": trust}
    worker |= {"client": access.client, "secret": access.secret, "domain": "KLYUCH"}
    yield ConnectorDraft(ConnectorKind.REGISTER_SECRET_NET, "secret-net", worker)


def _connect(portal: Portal, draft: ConnectorDraft) -> None:
    query = select(Connector.id, Connector.name, Connector.plain, Connector.version).where(Connector.kind == draft.kind)
    with portal.database.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        portal.connectors.add(draft, actor=_ACTOR)
        return
    ours = row.name == draft.name and row.plain["address"].startswith("https://127.0.0.1:")
    if ours and row.plain["address"] != draft.typed["address"]:
        portal.connectors.change(ConnectorId(row.id), draft, version=row.version, actor=_ACTOR)


def _write_book(portal: Portal, shelf: Shelf, access: Access) -> None:
    """What was told before the demonstration began."""
    with portal.database.read() as connection, shelf.together():
        for register, serial, active in _told(connection):
            order = register_order(connection, "demo", serial, "")
            document = described(order, ELECTRONIC_IDENTIFIER, "KLYUCH")
            if register is Register.SECRET_NET:
                shelf.put("secret_net", serial, document | {"state": "active" if active else "disabled"})
            else:
                shelf.put("indeed", serial, _authenticator(access, document, active=active))
    shelf.close()


def _told(connection: Connection) -> Iterator[tuple[Register, str, bool]]:
    query = select(Registration.register, Device.serial, Device.state).join(Device, Device.id == Registration.device_id)
    for row in connection.execute(query.where(Registration.register != Register.CONTRACT).order_by(Device.id)).all():
        yield row.register, row.serial, row.state is not DeviceState.DISABLED


def _authenticator(access: Access, document: dict[str, Any], *, active: bool) -> dict[str, Any]:
    login = document["owner"]["login"].rpartition("\\")[2]
    return {
        "userId": access.user_of(login),
        "modeId": access.mode_id,
        "isActive": active,
        "deviceModel": document["model"],
        "comment": document["owner"]["display_name"],
        "certificates": [one["thumbprint"] for one in document["certificates"]],
    }

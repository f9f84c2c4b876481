"""The stand: its faces, what they know, what goes wrong, and who may speak to them."""

import threading
from typing import Final, Protocol

from portal.stands.registers.access import Access
from portal.stands.registers.contract import ContractFace
from portal.stands.registers.indeed import PREFIX, IndeedFace
from portal.stands.registers.letting_in import Door
from portal.stands.registers.mischief import Mischief
from portal.stands.registers.saying import Answer, Question
from portal.stands.registers.shelf import Shelf

#: Where each face is, by its name.
FACES: Final = {"contract": "/contract", "secret_net": "/secret-net", "indeed": PREFIX.rstrip("/")}


class Face(Protocol):
    """One protocol."""

    strangers: set[str]

    def answer(self, question: Question, trick: str = "") -> Answer:
        """One request, one answer."""
        ...


class Stand:
    """Everything behind the line."""

    def __init__(self, shelf: Shelf, access: Access, kinds: tuple[str, ...] = tuple(FACES)) -> None:
        self.shelf = shelf
        self.access = access
        self.mischief = Mischief()
        self.ended = threading.Event()
        door = Door(access.client, access.secret)
        faces: dict[str, Face] = {
            "contract": ContractFace("contract", FACES["contract"], ("generic",), shelf, door),
            "secret_net": ContractFace("secret_net", FACES["secret_net"], ("electronic_identifier",), shelf, door),
            "indeed": IndeedFace(shelf, access),
        }
        self.faces = {name: faces[name] for name in kinds}

    def face_of(self, path: str) -> str:
        """The name of the face this path leads to, empty when it leads nowhere."""
        return next((name for name in self.faces if path.startswith(FACES[name] + "/")), "")

    def forget(self) -> None:
        """A clean slate: no devices, no calls, nobody unknown, nothing armed."""
        self.shelf.empty()
        self.mischief.put_right()
        for face in self.faces.values():
            face.strangers.clear()

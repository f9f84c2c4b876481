"""A whole stand: its keys, its queues, both faces and what may go wrong with them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from portal.stands.smev.adapter import AdapterFace
from portal.stands.smev.direct import VERSIONS, DirectFace
from portal.stands.smev.faults import Refusal, adapter_fault, fault
from portal.stands.smev.keys import GostIdentity, Wanted, make_authority, make_identity
from portal.stands.smev.markup import soap, write
from portal.stands.smev.mischief import Mischief, one_of, value_of
from portal.stands.smev.notary import Notary, Pen, der_of
from portal.stands.smev.queues import Queues
from portal.stands.smev.saying import Pens
from portal.stands.smev.shapes import Schemas

#: Who may ask here: the mnemonics to the adapter, and the owner of ``portal.crt`` to the direct exchange.
SENDER: Final = "KLYUCHNIK"
ADAPTER: Final = "adapter"
DIRECT: Final = "direct"
_ACTIONS: Final = {
    "urn:SendRequest": "send",
    "urn:GetResponse": "get",
    "urn:Ack": "ack",
    "urn:GetStatus": "status",
    "urn:Send": "send",
    "urn:Get": "get",
    "urn:Find": "find",
}
_XXE: Final = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
_LAUGHS: Final = (
    b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">'
    b'<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]><a>&e;&e;&e;&e;&e;&e;&e;</a>'
)
_INSTEAD: Final = {"garbage": b"\x00not xml", "xxe": _XXE, "laughs": _LAUGHS}


@dataclass(frozen=True, slots=True)
class Place:
    """The folder with the keys; made when it is not there."""

    folder: Path

    @property
    def trust(self) -> Path:
        """What a client is told to trust: the certificate of СМЭВ, and the one that ran out."""
        return self.folder / "trust.pem"

    def make(self) -> dict[str, GostIdentity]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority = make_authority(self.folder, Wanted("УЦ стенда", "Стенд СМЭВ", days=3650))
        made = {"authority": authority}
        for called, name in (("smev", "СМЭВ"), ("register", "Ведомство"), ("portal", "Ключник")):
            made[called] = make_identity(self.folder, called, Wanted(name, "Стенд СМЭВ", days=1825), authority)
        past = Wanted("СМЭВ прошлых лет", "Стенд СМЭВ", starts="20200101000000Z", ends="20210101000000Z")
        made["expired"] = make_identity(self.folder, "expired", past, authority)
        made["stranger"] = make_authority(self.folder / "stranger", Wanted("Чужой", "Не СМЭВ"))
        trusted = [made[name].certificate.read_text() for name in ("smev", "expired")]
        self.trust.write_text("".join(trusted))
        return made


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes over the line; ``cut`` octets of it when it is a number."""

    status: int
    octets: bytes
    content_type: str = "text/xml; charset=utf-8"
    cut: int | None = None


@dataclass(slots=True)
class Stand:
    """Answers requests of either face; everything it knows is in memory."""

    place: Place
    schemas: Schemas
    queues: Queues = field(default_factory=Queues)
    mischief: Mischief = field(default_factory=Mischief)
    denied: set[str] = field(default_factory=set)
    direct: DirectFace = field(init=False)
    adapter: AdapterFace = field(init=False)

    def __post_init__(self) -> None:
        made = self.place.make()
        pens = Pens(*(Pen(made[name]) for name in ("smev", "register", "expired", "stranger")))
        known = {der_of(made["portal"].certificate): SENDER}
        notary = Notary(pens.smev, made["authority"].certificate, known)
        self.direct = DirectFace(self.queues, notary, pens, self.schemas, self.denied)
        self.adapter = AdapterFace(self.queues, {SENDER}, self.denied)

    def answer(self, face: str, body: bytes, action: str) -> tuple[Answer, float]:
        """What is said, and how many seconds later."""
        where = _ACTIONS.get(action, "*")
        with self.queues.lock:
            trick = self.mischief.play(where)
        late = float(value_of(trick, "slow", "0"))
        if trick == "cut_before":
            return Answer(200, b"", cut=0), late
        if one_of(trick, ("http",)):
            return Answer(int(value_of(trick, "http")), b""), late
        if one_of(trick, ("fault",)):
            return self._fault(face, value_of(trick, "fault")), late
        spoken = self.direct if face == DIRECT else self.adapter
        said, status = spoken.answer(body, action, trick)
        return _spoilt(Answer(status, write(said)), trick), late

    def _fault(self, face: str, said: str) -> Answer:
        name, _, detail = said.partition("/")
        refusal = Refusal(name, detail)
        told = fault(refusal, VERSIONS[-1]) if face == DIRECT else adapter_fault(name, detail or name)
        return Answer(500, write(soap(told)))

    def forget(self) -> None:
        """Begin anew: no messages, no arrangements, the time of day; people and keys stay."""
        with self.queues.lock:
            self.queues.forget()
            self.mischief.armed.clear()
            self.mischief.played = 0
            self.denied.clear()

    def learn(self, entries: list[dict[str, Any]]) -> None:
        """Citizens and companies; raises TypeError and ValueError."""
        with self.queues.lock:
            for entry in entries:
                self.queues.book.add(entry)


def _spoilt(answer: Answer, trick: str) -> Answer:
    match trick:
        case "cut_after":
            return Answer(answer.status, answer.octets, cut=0)
        case "truncated":
            return Answer(answer.status, answer.octets, cut=len(answer.octets) // 2)
        case "garbage" | "xxe" | "laughs":
            return Answer(200, _INSTEAD[trick])
        case "multipart":
            part = b"--stand\r\nContent-Type: text/xml\r\n\r\n" + answer.octets + b"\r\n--stand--\r\n"
            return Answer(answer.status, part, 'multipart/related; boundary="stand"')
        case _:
            return answer

"""The scenario book: whom the registers know, and how they shall answer about whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

#: What every register is called by here; ``*`` means all of them.
SERVICES: Final = (
    *("passport", "snils", "snils_search", "inn", "inn_search", "legal_entity", "entrepreneur", "account"),
)
ENDINGS: Final = ("truth", "held", "silence", "late", "processing", "reject", "status", "note", "invalid", "garbage")
_WITH_SECONDS: Final = frozenset({"late", "processing"})


@dataclass(frozen=True, slots=True)
class Citizen:
    """Somebody the registers know; what is empty they do not know. ``reason`` is why the passport is not valid."""

    surname: str
    given_name: str
    middle_name: str = ""
    birth_date: str = ""
    sex: str = "male"
    series: str = ""
    number: str = ""
    issued_on: str = ""
    department: str = ""
    issuer: str = ""
    reason: str = ""
    snils: str = ""
    inn: str = ""


@dataclass(frozen=True, slots=True)
class Company:
    """An organisation, or an entrepreneur when the ОГРН has 15 digits; its head is named like a citizen."""

    ogrn: str
    inn: str
    name: str
    surname: str = ""
    given_name: str = ""
    middle_name: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """How a question ends: by itself, or ``after`` so many seconds in the way ``then`` says."""

    kind: str = "truth"
    argument: str = ""
    after: float = 0.0
    then: "Ending | None" = None


TRUTH: Final = Ending()


def ending_of(written: str) -> Ending:
    """``truth``, ``held``, ``silence``, ``reject:NO_DATA``, ``invalid:605``, ``late:60:reject:FAILURE`` and the like.

    Raises ValueError.
    """
    kind, _, rest = written.partition(":")
    if kind not in ENDINGS:
        raise ValueError(f"no such ending: {kind}")
    if kind in _WITH_SECONDS:
        seconds, _, then = rest.partition(":")
        return Ending(kind, after=float(seconds), then=ending_of(then) if then else TRUTH)
    return Ending(kind, rest)


@dataclass(slots=True)
class Book:
    """What is known and what was arranged; ``endings`` go by a surname, a СНИЛС, a passport or an ОГРН."""

    citizens: dict[tuple[str, str], Citizen] = field(default_factory=dict)
    companies: dict[str, Company] = field(default_factory=dict)
    endings: dict[tuple[str, str], Ending] = field(default_factory=dict)

    def add(self, entry: Mapping[str, Any]) -> None:
        """A citizen, a company or an arrangement, as JSON tells it; raises TypeError, ValueError for anything else."""
        if "ending" in entry:
            self.arrange(entry.get("who", "*"), entry.get("service", "*"), entry["ending"])
            return
        if "ogrn" in entry:
            company = Company(**entry)
            self.companies[company.ogrn] = company
            return
        unknown = set(entry) - {one.name for one in fields(Citizen)}
        if unknown:
            raise ValueError(f"nothing is known of {', '.join(sorted(unknown))}")
        citizen = Citizen(**entry)
        names = (citizen.surname, citizen.given_name, citizen.middle_name)
        self.citizens[folded(*names), citizen.birth_date] = citizen

    def arrange(self, who: str, service: str, written: str) -> None:
        """From now on questions about this one end so; raises ValueError."""
        if service not in {*SERVICES, "*"}:
            raise ValueError(f"no such register: {service}")
        self.endings[folded(who), service] = ending_of(written)

    def ending(self, marks: tuple[str, ...], service: str) -> Ending:
        """What was arranged for one who bears these marks."""
        for who in (*map(folded, filter(None, marks)), "*"):
            for register in (service, "*"):
                if (arranged := self.endings.get((who, register))) is not None:
                    return arranged
        return TRUTH

    def citizen(self, names: tuple[str, ...], birth_date: str) -> Citizen | None:
        return self.citizens.get((folded(*names), birth_date))


def folded(*words: str) -> str:
    """Words as registers compare them."""
    return " ".join(" ".join(words).casefold().replace("ё", "е").split())

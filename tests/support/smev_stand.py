"""The stand of СМЭВ as a process of its own, and a signing process that may speak to it."""

import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from portal.connectors.smev.adapter import AdapterExchange
from portal.connectors.smev.adapter_messages import Addressed
from portal.connectors.smev.direct import DirectExchange
from portal.connectors.smev.http import Endpoint
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.connectors.smev.versions import VERSIONS
from portal.domain.exchange_settings import ExchangeSettings, Transport
from portal.domain.identity import IdentityClaim
from portal.ports.clock import Clock
from portal.stands.smev.keys import GostIdentity
from tests.support.gost import sign_service
from tests.support.processes import start
from tests.support.smev_shared import shared_smev

SYSTEM = "KLYUCHNIK"
_PAGE = re.compile(r"page and control: (https?://\S+?)/\s")
# the stand is here: no proxy of this machine lies between
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class RunningStand:
    """A stand at ``url``; ``folder`` holds its keys, ``trust`` whom its clients believe."""

    url: str
    folder: Path

    @property
    def adapter(self) -> str:
        return f"{self.url}/adapter/ws"

    @property
    def direct(self) -> str:
        return f"{self.url}/smev/v1.3/ws"

    @property
    def trust(self) -> Path:
        return self.folder / "trust.pem"

    @property
    def portal(self) -> GostIdentity:
        """The key of the only sender the direct face knows."""
        return GostIdentity(self.folder / "portal.key", self.folder / "portal.crt")

    # ── what it shall do ──────────────────────────────────────────────────────

    def order(self, order: str, /, **how: Any) -> dict[str, Any]:
        """Tell it something; answers its state."""
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self.url}/control/{order}", json.dumps(how).encode(), {"Content-Type": "application/json"}
        )
        try:
            with _OPENER.open(request, timeout=60) as answer:
                told: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{order}: {error.read().decode()}") from error
        return told

    def state(self) -> dict[str, Any]:
        with _OPENER.open(f"{self.url}/control/state", timeout=60) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def knows(self, claim: IdentityClaim, **otherwise: str) -> None:
        """Registers know this person as claimed, but for what is ``otherwise``."""
        self.order("book", entries=[entry_of(claim) | otherwise])

    def ends(self, who: str, ending: str, service: str = "*") -> None:
        """Questions about who bears this surname, СНИЛС, passport (10 digits) or ОГРН end so."""
        self.order("endings", who=who, service=service, ending=ending)

    def goes_wrong(self, what: str, where: str = "*", times: int = 1) -> None:
        self.order("tricks", where=where, what=what, times=times)

    def answer(self, number: str, ending: str = "") -> None:
        """Answer this message now; its number is ours or the exchange's."""
        self.order(f"messages/{number}", do="answer", ending=ending)

    def release(self) -> None:
        """Answer everything that is held back."""
        self.order("release")

    def later(self, seconds: float) -> None:
        """Its clock goes ahead."""
        self.order("pace", ahead=seconds)

    def forget(self) -> None:
        """No messages, no endings, nothing armed; people stay."""
        self.order("forget")
        self.order("pace", answer=0, redelivery=900, statuses=False)

    # ── ways to it ────────────────────────────────────────────────────────────

    def settings(self, transport: Transport = Transport.ADAPTER, signer: Path | None = None) -> ExchangeSettings:
        """As an administrator would set the connection up."""
        address = self.adapter if transport is Transport.ADAPTER else self.direct
        return ExchangeSettings(
            transport,
            address,
            system=SYSTEM,
            signer=str(signer or ""),
            name="АО «Ключ»",
            inn="7707083893",
            ogrn="1027700132195",
            routing="DEV",
        )

    def by_adapter(self, patience: float = 60) -> AdapterExchange:
        return AdapterExchange(Endpoint(self.adapter, answer_timeout=patience), Addressed(SYSTEM))

    def directly(self, signer: SidecarSigner, clock: Clock, number: str = "1.3") -> DirectExchange:
        return DirectExchange(Endpoint(self.direct), VERSIONS[number], signer, signer, clock)

    @contextmanager
    def signing(self) -> Iterator[SidecarSigner]:
        """The signing process of the portal; its ``path`` is the socket."""
        with sign_service(self.folder / "s", self.portal, "--trust", str(self.trust)) as client:
            yield client


@contextmanager
def running_stand(folder: Path, *more: str) -> Iterator[RunningStand]:
    """A stand on a free port, with its keys in this folder."""
    log, schemas = folder / "stand.log", shared_smev()
    folder.mkdir(parents=True, exist_ok=True)
    judged = ("--schemas", str(schemas)) if schemas else ()
    running = start([sys.executable, "-m", "portal.stands.smev", "--port", "0", "--data", folder, *judged, *more], log)
    try:
        running.wait_until(lambda: _PAGE.search(log.read_text()) is not None)
        said = _PAGE.search(log.read_text())
        assert said
        yield RunningStand(said[1], folder)
    finally:
        running.stop()


def entry_of(claim: IdentityClaim) -> dict[str, str]:
    """A person for the scenario book, just as claimed."""
    passport = claim.passport
    document = {} if passport is None else _document(passport.series, passport.number, passport.issued_on)
    if passport is not None:
        document |= {"department": passport.department_code, "issuer": passport.issuer}
    return {
        "surname": claim.surname,
        "given_name": claim.given_name,
        "middle_name": claim.middle_name,
        "birth_date": claim.birth_date.isoformat(),
        "sex": claim.sex.value if claim.sex else "male",
        "snils": claim.snils,
        "inn": claim.inn,
        **document,
    }


def _document(series: str, number: str, issued_on: date) -> dict[str, str]:
    return {"series": series, "number": number, "issued_on": issued_on.isoformat()}

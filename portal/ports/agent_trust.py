"""Whom workstations trust and who they are: the agent authority, the key that signs step lists, and their bell."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from portal.ports.agent_protocol import Trust


@dataclass(frozen=True, slots=True)
class AgentCertificate:
    """A certificate of the agent authority as PEM; ``serial`` in hexadecimal."""

    pem: str
    uid: str
    serial: str
    not_before: datetime
    not_after: datetime


class AgentAuthority(Protocol):
    """The authority that certifies workstations and their front, and nothing else."""

    def trust(self) -> Trust:
        """What a workstation has to know of this portal."""
        ...

    def fingerprint(self) -> str:
        """The authority's, as people compare it (see domain.agent_codes)."""
        ...

    def issue(self, request: str, uid: str) -> AgentCertificate:
        """Certify the key of a PKCS#10 request (PEM) under the name ``uid``, whatever name the request asks for.

        Raises ValueError for what is no request, is not signed by its key, or has a key of another kind.
        """
        ...

    def identify(self, certificate: str) -> AgentCertificate:
        """Read a client's certificate (PEM), whether its time is over or not.

        Raises ValueError unless this authority issued it to a workstation.
        """
        ...


class OrderSigner(Protocol):
    """Signs step lists with the key the workstations know."""

    def sign(self, body: bytes) -> bytes:
        """The Ed25519 signature over LIST_PREFIX and the body of a step list."""
        ...


class AgentBell(Protocol):
    """Calls workstations that wait for work; a lost call costs the while until their next poll."""

    def wake(self, *uids: str) -> None:
        """Tell these agents to poll now; said after the commit that gives them something to do."""
        ...

    def polled(self, uid: str, serial: str) -> None:
        """It polls now with the certificate of this number: earlier calls are heard, it may wait for the next one.

        Said before the database is asked, so that no call is lost in between.
        """
        ...

    def shut(self, uid: str) -> None:
        """It is out: it may not wait any longer."""
        ...

    def contacts(self, uids: Collection[str]) -> Mapping[str, datetime]:
        """When those of them that are known to be there were last heard: polling, or beginning to wait."""
        ...

    def all_contacts(self) -> Mapping[str, datetime]:
        """The same of everybody."""
        ...

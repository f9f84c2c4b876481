"""The line to the portal: HTTPS with our certificate, to the pinned authority, small answers, nowhere else sent on."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import httpx

from portal.domain.plain_json import CodecError
from portal.ports.agent_orders import ListReport
from portal.ports.agent_protocol import (
    LONGEST_MESSAGE,
    VERSION,
    EnrolmentAnswer,
    EnrolmentRequest,
    Fault,
    OfferAnswer,
    PollAnswer,
    PollRequest,
    RenewalRequest,
    TicketRequest,
    Trust,
    dump,
    load,
)

#: Seconds for a message and its answer; and how long the portal may hold the line on which it wakes us.
PATIENCE: Final = httpx.Timeout(20.0, connect=10.0)
HELD: Final = httpx.Timeout(20.0, connect=10.0, read=75.0)
SYSTEM_TRUST: Final = "system"
_OK: Final = 200
_NO_CONTENT: Final = 204
_JSON: Final = {"content-type": "application/json", "accept": "application/json"}

Answer = TypeVar("Answer")


class UnreachableError(Exception):
    """The portal did not answer, or what answered is not it; later may be better. ``untrusted`` tells the second."""

    def __init__(self, detail: str, *, untrusted: bool = False) -> None:
        super().__init__(detail)
        self.untrusted = untrusted


class RefusalError(Exception):
    """The portal answered no."""

    def __init__(self, status: int, fault: Fault) -> None:
        super().__init__(fault.words or fault.code)
        self.status = status
        self.fault = fault

    @property
    def later(self) -> bool:
        """Whether the same message may be taken later."""
        return self.fault.retry or self.status >= httpx.codes.INTERNAL_SERVER_ERROR


@dataclass(frozen=True, slots=True)
class Address:
    """Where the portal is and through what it is reached; nothing comes from the environment."""

    url: str
    proxy: str = ""


def trusting_nobody() -> ssl.SSLContext:
    """For the one question that is asked before anything is trusted; its answer is compared with a fingerprint."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def trusting(authority: str, ca_file: str = "", identity: Path | None = None) -> ssl.SSLContext:
    """Only servers of this authority (PEM), or of ``ca_file``; with our certificate when there is one."""
    if ca_file == SYSTEM_TRUST:
        context = ssl.create_default_context()
    elif ca_file:
        context = ssl.create_default_context(cafile=ca_file)
    else:
        context = ssl.create_default_context(cadata=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if identity is not None:
        context.load_cert_chain(identity)
    return context


class PortalLine:
    """Asks; raises UnreachableError or RefusalError. Several threads may ask at once."""

    def __init__(self, address: Address, trust: ssl.SSLContext) -> None:
        self._http = httpx.Client(
            base_url=f"{address.url.rstrip('/')}/agent/v{VERSION}/",
            verify=trust,
            proxy=address.proxy or None,
            trust_env=False,
            follow_redirects=False,
            timeout=PATIENCE,
            headers=_JSON,
        )

    def trust(self) -> Trust:
        return self._said(Trust, "GET", "trust")

    def enrol(self, request: EnrolmentRequest) -> EnrolmentAnswer:
        return self._said(EnrolmentAnswer, "POST", "enrolments", request)

    def ticket(self, request: TicketRequest) -> EnrolmentAnswer:
        return self._said(EnrolmentAnswer, "POST", "enrolments/ticket", request)

    def renew(self, request: RenewalRequest) -> EnrolmentAnswer:
        return self._said(EnrolmentAnswer, "POST", "renewals", request)

    def poll(self, request: PollRequest) -> PollAnswer:
        return self._said(PollAnswer, "POST", "poll", request)

    def answer(self, task: str, answer: OfferAnswer) -> PollAnswer:
        return self._said(PollAnswer, "POST", f"tasks/{task}/answer", answer)

    def report(self, report: ListReport) -> PollAnswer:
        return self._said(PollAnswer, "POST", f"lists/{report.list}/report", report)

    def wake(self) -> bool:
        """Held open by the portal; whether there is something to poll for."""
        status, body = self._exchange("GET", "wake", None, HELD)
        if status not in {_OK, _NO_CONTENT}:
            raise _refusal(status, body)
        return status == _OK

    def date(self) -> str:
        """What time the portal's server says it is, as HTTP says it; for whoever looks for a fault."""
        try:
            with self._http.stream("GET", "trust", timeout=PATIENCE) as answer:
                return str(answer.headers.get("date", ""))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            raise UnreachableError(_told(problem), untrusted=_untrusted(problem)) from None

    def close(self) -> None:
        self._http.close()

    def _said(self, kind: type[Answer], method: str, path: str, message: object = None) -> Answer:
        status, body = self._exchange(method, path, message, PATIENCE)
        if status != _OK:
            raise _refusal(status, body)
        try:
            return load(kind, body)
        except CodecError as problem:
            raise UnreachableError(f"not understood: {problem}") from None

    def _exchange(self, method: str, path: str, message: object, patience: httpx.Timeout) -> tuple[int, bytes]:
        content = None if message is None else dump(message)
        try:
            with self._http.stream(method, path, content=content, timeout=patience) as answer:
                return answer.status_code, _body(answer)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            raise UnreachableError(_told(problem), untrusted=_untrusted(problem)) from None


def _body(answer: httpx.Response) -> bytes:
    body = bytearray()
    for part in answer.iter_bytes():
        body += part
        if len(body) > LONGEST_MESSAGE:
            raise UnreachableError("the answer is too long")
    return bytes(body)


def _refusal(status: int, body: bytes) -> Exception:
    """What the portal said; what is not in its words is not the portal's, but of something in between."""
    try:
        return RefusalError(status, load(_Refused, body).error)
    except CodecError:
        return UnreachableError(f"HTTP {status}")


@dataclass(frozen=True, slots=True)
class _Refused:
    error: Fault


def _causes(problem: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    link: BaseException | None = problem
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    return chain


def _untrusted(problem: BaseException) -> bool:
    return any(isinstance(one, ssl.SSLCertVerificationError) for one in _causes(problem))


def _told(problem: BaseException) -> str:
    deepest = _causes(problem)[-1]
    return f"{type(problem).__name__}: {deepest}"

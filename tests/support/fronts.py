"""The portal as workstations reach it: its web, the front before it, and clients that show certificates."""

import asyncio
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug.serving import make_server

from portal.app import create_app
from portal.bootstrap import Portal
from portal.connectors.agent_waits_redis import AgentWaits
from portal.connectors.agents.front_key import FrontCertificate
from portal.front.forwarding import Forwarding
from portal.front.gate import Bounds
from portal.front.server import Front, Listeners, serve
from portal.front.visitors import Doorman
from portal.ports.agent_protocol import EnrolmentAnswer, EnrolmentRequest, dump, load
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE, eventually
from tests.support.workstations import SAID, a_request


@dataclass(frozen=True)
class Fronted:
    """A portal with its front; ``tls`` is the port for workstations, ``plain`` the one for a web server."""

    portal: Portal
    tls: int
    plain: int
    web: int
    forwarding: Forwarding
    waits: AgentWaits
    bounds: Bounds

    def client(self, workstation: "Keys | None" = None, port: int = 0) -> httpx.Client:
        """A client that trusts the agent authority only, and shows a workstation's certificate."""
        context = ssl.create_default_context(cadata=self.portal.agent_authority.trust().authority)
        if workstation is not None:
            workstation.show_in(context)
        address = f"https://127.0.0.1:{port or self.tls}/agent/v1/"
        return httpx.Client(base_url=address, verify=context, timeout=PATIENCE, trust_env=False)

    def come_in(self, port: int = 0) -> "Keys":
        """Enrol with a code, as a workstation does."""
        key = ec.generate_private_key(ec.SECP256R1())
        code = self.portal.agent_codes.make(by="administrator").text
        with self.client(port=port) as client:
            answer = client.post("enrolments", content=dump(EnrolmentRequest(a_request(key), SAID, code)))
        assert answer.status_code == 200, answer.text
        return Keys(key, load(EnrolmentAnswer, answer.content))


@dataclass(frozen=True)
class Keys:
    """What a workstation holds."""

    key: ec.EllipticCurvePrivateKey
    answer: EnrolmentAnswer

    @property
    def uid(self) -> str:
        return self.answer.agent

    def show_in(self, context: ssl.SSLContext) -> None:
        """Have the context show the certificate."""
        with tempfile.NamedTemporaryFile() as file:
            pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            file.write(self.answer.certificate.encode() + pem)
            file.flush()
            context.load_cert_chain(file.name)


@contextmanager
def fronted(portal: Portal) -> Iterator[Fronted]:
    """Start the web and the front of this portal, whose clock must be the real one."""
    with ExitStack() as stack:
        web = stack.enter_context(_web(portal))
        doorman = Doorman(portal.agent_authority, portal.settings.front_secret())
        forwarding = Forwarding(f"http://127.0.0.1:{web}", doorman)
        ports = free_port(), free_port(), web
        made = Fronted(portal, *ports, forwarding, AgentWaits(portal.settings.redis_url), Bounds())
        stack.enter_context(_front(made))
        yield made


@contextmanager
def another_front(of: Fronted, bounds: Bounds) -> Iterator[Fronted]:
    """One more front before the same web, with bounds of its own."""
    doorman = Doorman(of.portal.agent_authority, of.portal.settings.front_secret())
    forwarding = Forwarding(f"http://127.0.0.1:{of.web}", doorman, bounds.body)
    ports = free_port(), free_port(), of.web
    made = Fronted(of.portal, *ports, forwarding, AgentWaits(of.portal.settings.redis_url), bounds)
    with _front(made):
        yield made


@contextmanager
def _web(portal: Portal) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, create_app(portal.settings, portal), threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="web", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join(PATIENCE)
        server.server_close()


@contextmanager
def _front(made: Fronted) -> Iterator[None]:
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(_serve(made, stop),), name="front", daemon=True)
    thread.start()
    try:
        eventually(lambda: _healthy(made.plain) or not thread.is_alive(), "the front listens")
        assert thread.is_alive(), "the front ended by itself"
        eventually(lambda: not made.waits._lost, "the front hears calls")
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE)
        loop.close()


async def _serve(made: Fronted, stop: asyncio.Event) -> None:
    portal = made.portal
    doorman = Doorman(portal.agent_authority, portal.settings.front_secret())
    front = Front(made.waits, doorman, made.forwarding)
    certificate = FrontCertificate(portal.agent_authority, ("127.0.0.1", "localhost"))
    await serve(front, Listeners("127.0.0.1", made.tls, made.plain, made.bounds), certificate, stop)


def _healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).is_success
    except httpx.TransportError:
        return False


class Waiting:
    """A workstation that waits to be called, in a thread of its own."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._answer: Any = None
        self._thread = threading.Thread(target=self._wait, daemon=True)
        self._thread.start()

    def _wait(self) -> None:
        self._answer = self._client.get("wake")

    @property
    def over(self) -> bool:
        return not self._thread.is_alive()

    def status(self) -> int:
        """How it ended."""
        self._thread.join(PATIENCE)
        assert self.over, "still waiting"
        return int(self._answer.status_code)


def data_of(folder: Path, redis_url: str) -> dict[str, str]:
    """The environment of such a portal."""
    return {"KLYUCHNIK_DATA_DIR": str(folder), "KLYUCHNIK_REDIS_URL": redis_url}

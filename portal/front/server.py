"""The process: one listener for workstations, one for a web server in front of us, either or both."""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from portal.connectors.agent_waits_redis import AgentWaits
from portal.connectors.agents.front_key import FrontCertificate
from portal.front import tls
from portal.front.faults import fault
from portal.front.forwarding import Forwarding
from portal.front.gate import BACKLOG, BOUNDS, Bounds, Gate
from portal.front.visitors import Doorman
from portal.ports.agent_protocol import LONGEST_MESSAGE, VERSION

ADDRESSES: Final = f"/agent/v{VERSION}"
#: Shorter than what stands between us and a workstation cuts silent connections after. Who comes is held for a part of
#: it from ``LEAST`` on: those who came together do not come together again.
PATIENCE: Final = 55.0
LEAST: Final = 0.7
CERTIFICATE_LOOKED_AT_EACH: Final = 24 * 3600.0
LINE: Final = 4096
#: How long the rest of a message that nobody wants is thrown away before the connection is.
LINGER: Final = 2.0


@dataclass(frozen=True)
class Front:
    """Everything a listener needs."""

    waits: AgentWaits
    doorman: Doorman
    forwarding: Forwarding

    def application(self) -> web.Application:
        """What answers."""
        made = web.Application(client_max_size=LONGEST_MESSAGE, middlewares=[_in_json])
        made.router.add_get(f"{ADDRESSES}/wake", self._wake)
        made.router.add_get("/health", _health)
        made.router.add_route("*", ADDRESSES + "/{rest:.*}", self.forwarding.forward)
        made.cleanup_ctx.append(self._running)
        made.on_shutdown.append(self._let_go)
        return made

    async def _wake(self, request: web.Request) -> web.Response:
        """Held until there may be something to poll for."""
        visitor = self.doorman.visitor(request)
        if visitor is None:
            return fault(401, "agent_certificate_missing", "This workstation showed no certificate of this portal.")
        patience = PATIENCE * random.uniform(LEAST, 1)  # noqa: S311  spread, not a secret
        called = await self.waits.wait(visitor.uid, visitor.serial, patience=patience)
        return web.json_response({}) if called else web.Response(status=204)

    async def _running(self, _application: web.Application) -> AsyncIterator[None]:
        await self.forwarding.open()
        listening = asyncio.create_task(self.waits.listen())
        yield
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await self.forwarding.close()

    async def _let_go(self, _application: web.Application) -> None:
        await self.waits.close()


@dataclass(frozen=True, slots=True)
class Listeners:
    """Where to listen; port 0: not there."""

    host: str
    agents_port: int
    wake_port: int
    bounds: Bounds = BOUNDS


async def serve(front: Front, listeners: Listeners, certificate: FrontCertificate, stop: asyncio.Event) -> None:
    """Listen until told to stop."""
    limits: dict[str, Any] = {
        "max_line_size": LINE,
        "keepalive_timeout": listeners.bounds.idle,
        "lingering_time": LINGER,
    }
    runner = web.AppRunner(front.application(), access_log=None, shutdown_timeout=3, **limits)
    await runner.setup()
    renewing: asyncio.Task[None] | None = None
    try:
        if listeners.agents_port:
            context = tls.context(certificate)
            where = listeners.host, listeners.agents_port
            await Gate(runner, where, context=context, bounds=listeners.bounds).start()
            renewing = asyncio.create_task(_keep_current(context, certificate))
        if listeners.wake_port:
            await web.TCPSite(runner, "127.0.0.1", listeners.wake_port, backlog=BACKLOG).start()
        await stop.wait()
    finally:
        if renewing is not None:
            renewing.cancel()
        await runner.cleanup()


async def _keep_current(context: ssl.SSLContext, certificate: FrontCertificate) -> None:
    while True:
        await asyncio.sleep(CERTIFICATE_LOOKED_AT_EACH)
        tls.load(context, certificate)


async def _health(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")


@web.middleware
async def _in_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as refused:
        return fault(refused.status, f"http_{refused.status}", refused.reason)

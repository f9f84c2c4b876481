"""Where workstations come in: who may, and how long one may say nothing."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final

from aiohttp import web

BACKLOG: Final = 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of us one may have who proved nothing, in seconds; ``most`` connections are open at a time.

    ``idle`` bounds the time between two requests, and that in which the head of one comes.
    """

    handshake: float = 10.0
    idle: float = 30.0
    body: float = 20.0
    most: int = 1000


BOUNDS: Final = Bounds()


class Gate(web.BaseSite):
    """Listens with TLS; turns away at once who would be one too many."""

    def __init__(
        self, runner: web.AppRunner, where: tuple[str, int], *, context: ssl.SSLContext, bounds: Bounds
    ) -> None:
        super().__init__(runner, ssl_context=context, backlog=BACKLOG)
        self._where = where
        self._bounds = bounds

    @property
    def name(self) -> str:
        """What aiohttp calls it."""
        return "https://{}:{}".format(*self._where)

    async def start(self) -> None:
        """Listen from now on."""
        await super().start()
        host, port = self._where
        self._server = await asyncio.get_running_loop().create_server(
            self._let_in,
            host,
            port,
            ssl=self._ssl_context,
            backlog=self._backlog,
            ssl_handshake_timeout=self._bounds.handshake,
        )

    def _let_in(self) -> asyncio.Protocol:
        server = self._runner.server
        if server is None or len(server.connections) >= self._bounds.most:
            return _TurnedAway()
        return server()


class _TurnedAway(asyncio.Protocol):
    """Comes again later, as after any broken connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()

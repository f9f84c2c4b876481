"""Passes messages of workstations on to the portal, with what only we know, and without what they may have made up."""

import asyncio
from typing import Final

import aiohttp
from aiohttp import web

from portal.front.faults import fault
from portal.front.gate import BOUNDS
from portal.front.visitors import Doorman, ended_here

#: What of a request the portal needs; everything else a workstation sends stays here.
PASSED_ON: Final = ("Content-Type", "Accept-Language", "User-Agent")
PASSED_BACK: Final = ("Content-Type", "Retry-After")
ANSWERS_WITHIN: Final = aiohttp.ClientTimeout(total=60, connect=5)


class Forwarding:
    """The way to the portal's web processes on this machine."""

    def __init__(self, portal: str, doorman: Doorman, body_within: float = BOUNDS.body) -> None:
        self._portal = portal
        self._body_within = body_within
        self._doorman = doorman
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Be ready; said inside the loop."""
        self._session = aiohttp.ClientSession(timeout=ANSWERS_WITHIN, auto_decompress=False)

    async def close(self) -> None:
        """Let go of all connections."""
        if self._session is not None:
            await self._session.close()

    async def forward(self, request: web.Request) -> web.Response:
        """One message there, its answer back."""
        if not ended_here(request) or self._session is None:
            return fault(404, "not_here", "Only waiting workstations are served here.")
        try:
            body = await asyncio.wait_for(request.read(), self._body_within)
        except TimeoutError:
            return fault(408, "too_slow", "The message did not come in time.", retry=True)
        passed = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        headers = {**passed, **self._doorman.told(request)}
        try:
            async with self._session.request(
                request.method, self._portal + request.path, data=body, headers=headers, allow_redirects=False
            ) as answer:
                back = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
                return web.Response(status=answer.status, body=await answer.read(), headers=back)
        except (aiohttp.ClientError, TimeoutError):
            return fault(503, "portal_away", "The portal does not answer now.", retry=True)

"""The floor of `bin/bench agents`: a server that holds everybody and knows nothing.

No certificates, no database, no queue server: ``python -m tests.bench.bare_polls PORT``. ``POST /call/<uid>`` stands
for the order of a task: the workstation is woken, and its next poll is answered with a list.
"""

import asyncio
import json
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from aiohttp import web

from portal.front.visitors import CERTIFICATE_HEADER

PATIENCE: Final = 50.0
NEXT_POLL: Final = 110


class Bare:
    """Everybody by what he shows for a certificate."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Event] = {}
        self._called: set[str] = set()

    async def wake(self, request: web.Request) -> web.Response:
        """Held."""
        called = self._waiting[request.headers[CERTIFICATE_HEADER]] = asyncio.Event()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await called.wait()
        return web.json_response({}) if called.is_set() else web.Response(status=204)

    async def poll(self, request: web.Request) -> web.Response:
        """Nothing to do, or one list."""
        await request.read()
        who, lists = request.headers[CERTIFICATE_HEADER], []
        if who in self._called:
            self._called.discard(who)
            lists = [{"body": json.dumps({"id": str(uuid4()), "epoch": 1}), "signature": ""}]
        return self._answer(lists)

    async def report(self, request: web.Request) -> web.Response:
        """Whatever it was."""
        await request.read()
        return self._answer([])

    async def call(self, request: web.Request) -> web.Response:
        """Wake one."""
        who = request.match_info["who"]
        self._called.add(who)
        if who in self._waiting:
            self._waiting[who].set()
        return web.Response(status=204)

    def _answer(self, lists: list[dict[str, str]]) -> web.Response:
        now = datetime.now(UTC).isoformat()
        empty = {"offers": [], "tasks": [], "notices": [], "tokens_wanted": False, "renew": False}
        return web.json_response({**empty, "now": now, "next_poll": NEXT_POLL, "lists": lists})


def main() -> None:
    """Serve until stopped."""
    bare, made = Bare(), web.Application()
    made.router.add_get("/agent/v1/wake", bare.wake)
    made.router.add_post("/agent/v1/poll", bare.poll)
    made.router.add_post("/agent/v1/lists/{list}/report", bare.report)
    made.router.add_post("/call/{who}", bare.call)
    port = int(sys.argv[1])
    web.run_app(made, host="127.0.0.1", port=port, access_log=None, print=None, backlog=1024, shutdown_timeout=1)


if __name__ == "__main__":
    main()

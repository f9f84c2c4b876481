"""Refusals of our own; the program on the workstation knows words for their codes."""

from aiohttp import web

from portal.ports.agent_protocol import Fault, dump


def fault(status: int, code: str, words: str, *, retry: bool = False) -> web.Response:
    """A refusal as it travels."""
    body = b'{"error":' + dump(Fault(code, words, retry)) + b"}"
    return web.Response(status=status, body=body, content_type="application/json")

"""Whoever does not know his secret too often waits: the same by EST and by CMP, counted by the address he asks from."""

from math import ceil

from flask import Response, request

from portal.services.enrolling_door import EnrollingThrottled
from portal.web.current import portal
from portal.web.front import CERTIFICATE_SECRET, client_address, shows


def address_of_asker() -> str:
    """Where the question comes from, as the web server in front says when there is one."""
    return client_address() if shows(CERTIFICATE_SECRET) else request.remote_addr or ""


def come_again(throttled: EnrollingThrottled) -> Response:
    """Nothing was looked at; when it will be."""
    wait = ceil((throttled.until - portal().clock.now()).total_seconds())
    answer = said(429, "Too many were wrong from there")
    answer.headers["Retry-After"] = str(max(wait, 1))
    return answer


def said(status: int, text: str) -> Response:
    """An answer people can read."""
    return Response(text, status=status, content_type="text/plain; charset=utf-8")

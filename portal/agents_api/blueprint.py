"""The blueprint of the agents' addresses: what every request must bring, and refusals as JSON."""

from secrets import token_hex
from typing import Final

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from portal.domain.errors import Forbidden, OutsideUnavailable, PortalError
from portal.domain.plain_json import CodecError
from portal.ports.agent_protocol import LONGEST_MESSAGE, VERSION, Fault, dump
from portal.web.errors import status_of
from portal.web.front import demand_front
from portal.web.words.errors import Said, incident, of_error, of_status

bp = Blueprint("agents_api", __name__, url_prefix=f"/agent/v{VERSION}")

#: Who is not known at all, as opposed to somebody known who may not.
UNKNOWN: Final = frozenset({"agent_certificate_missing", "agent_certificate_foreign", "agent_certificate_expired"})

_log = structlog.get_logger(__name__)


def answer(message: object, status: int = 200) -> Response:
    """A message as it travels."""
    return Response(dump(message), status, mimetype="application/json")


@bp.before_request
def _before() -> None:
    request.max_content_length = LONGEST_MESSAGE
    demand_front()


@bp.errorhandler(PortalError)
def _refused(error: PortalError) -> Response:
    status = 401 if isinstance(error, Forbidden) and error.code in UNKNOWN else status_of(error)
    late = isinstance(error, OutsideUnavailable)
    response = _fault(error.code, of_error(error), status, retry=late)
    if isinstance(error, OutsideUnavailable) and error.retry_at is not None:
        response.retry_after = error.retry_at
    return response


@bp.errorhandler(CodecError)
def _unreadable(_error: CodecError) -> Response:
    return _fault("unreadable", of_status(400), 400)


@bp.errorhandler(HTTPException)
def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    return _fault(f"http_{status}", of_status(status), status)


@bp.errorhandler(Exception)
def _mistake(error: Exception) -> Response:
    number = token_hex(4)
    _log.error("incident", incident=number, path=request.path, method=request.method, exc_info=error)
    return _fault("incident", incident(number), 500, retry=True)


def _fault(code: str, said: Said, status: int, *, retry: bool = False) -> Response:
    words = f"{said.title}. {said.text}" if said.text else said.title
    return answer_fault(Fault(code, words, retry), status)


def answer_fault(fault: Fault, status: int) -> Response:
    """A refusal as it travels."""
    return Response(b'{"error":' + dump(fault) + b"}", status, mimetype="application/json")

"""The body of a request as a message."""

from typing import TypeVar

from flask import request

from portal.ports.agent_protocol import load

Message = TypeVar("Message")


def received(kind: type[Message]) -> Message:
    """The message of this kind in the request's body; raises CodecError for anything else."""
    return load(kind, request.get_data(cache=False))

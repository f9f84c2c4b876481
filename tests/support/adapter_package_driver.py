"""Run by the environment of ``adapter-client``: drives that package's own client and tells what it made of it, as JSON.

Arguments: the address, the mnemonics of the system, and what to do: ``send ID XML``, ``find ID`` or ``get``.
"""

import json
import sys
from typing import Any

from adapter_client.adapters.smev.interfaces.soap.interface import Interface
from adapter_client.core.domain import model


def main(address: str, system: str, verb: str, *rest: str) -> dict[str, Any]:
    config = model.Config(adapter_address=address, app_mnemonics=system, request_timeout_sec=20)
    config.file_storage_interface = None
    interface = Interface(config)
    if verb == "get":
        return told(interface.get())
    message = model.Message(
        client_id=rest[0], body=rest[1] if verb == "send" else "<x xmlns='urn:x'/>", message_type="x"
    )
    outgoing = model.OutgoingMessage(message=message)
    (result,) = interface.send(outgoing) if verb == "send" else interface.find(outgoing)
    return told(result) | {"message_id": outgoing.message.message_id, "status": str(outgoing.status)}


def told(result: Any) -> dict[str, Any]:
    metadata = result.message_metadata
    answer = getattr(metadata, "message", None)
    return {
        "error": None if result.error is None else f"{type(result.error).__name__}: {result.error}",
        "request": result.request,
        "response": result.response,
        "answer": None if answer is None else {"body": answer.body, "message_id": answer.message_id},
    }


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)

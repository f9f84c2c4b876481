"""One round of checks over a device of its own, and what an answer has to be."""

import time
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final

from portal.stands.conform.calling import Broken, Json, Said, Target, a_device, encoded, path_of

#: The closed list of codes, and the status each comes with.
CODES: Final = {
    "bad_request": 400, "not_let_in": 401, "bad_signature": 401, "clock_skew": 401, "nonce_used": 401,
    "forbidden": 403, "unknown_path": 404, "unknown_device": 404, "unknown_operation": 404,
    "method_not_allowed": 405, "version_mismatch": 412, "too_large": 413, "unsupported_media_type": 415,
    "invalid_document": 422, "idempotency_conflict": 422, "profile_unsupported": 422, "unknown_person": 422,
    "device_taken": 422, "limit_reached": 422, "precondition_required": 428, "internal": 500, "busy": 503,
}  # fmt: skip
#: The condition a device that is not known yet is told with.
NEW: Final = {"If-None-Match": "*"}
_PATIENCE: Final = 60.0
_ACCEPTED: Final = 202
_NOT_FOUND: Final = 404


@dataclass(slots=True)
class Trial:
    """One round of checks over a device of its own."""

    target: Target
    serial: str = field(default_factory=lambda: f"conformance-{token_hex(6)}")

    def put(self, document: Json, headers: dict[str, str], *, key: str = "") -> Said:
        """Tell it a state; work that takes its time is waited for."""
        told = {"Idempotency-Key": key or token_hex(12), **headers}
        return self._finished(self.target.ask("PUT", path_of(self.serial), encoded(document), headers=told))

    def delete(self) -> Said:
        return self._finished(
            self.target.ask("DELETE", path_of(self.serial), headers={"Idempotency-Key": token_hex(12)})
        )

    def get(self) -> Said:
        return self.target.ask("GET", path_of(self.serial))

    def document(self, **other: object) -> Json:
        return {**a_device(self.serial, self.target.profile), **other}

    def there(self) -> tuple[Json, dict[str, str]]:
        """The device, added if need be, and the condition to change it."""
        said = self.get()
        if said.status == _NOT_FOUND:
            expect(self.put(self.document(), NEW), 201, 200)
            said = self.get()
        told = device_in(expect(said, 200), self.serial)
        return told, {"If-Match": f'"{told["version"]}"'}

    def refused(self, said: Said, *codes: str) -> None:
        """It is a problem document with one of these codes."""
        told = said.json
        if said.headers.get("content-type", "").partition(";")[0] != "application/problem+json":
            raise Broken(f"HTTP {said.status} is no application/problem+json")
        code = told.get("code") if isinstance(told, dict) else None
        if code not in codes:
            raise Broken(f"code {code!r}, not {' or '.join(codes)}")
        if said.status != CODES[code] or told.get("status") != said.status:
            raise Broken(f"{code} comes with HTTP {CODES[code]}, not {said.status}")
        if not isinstance(told.get("retryable"), bool):
            raise Broken("retryable is missing")

    def refused_put(self, document: object, headers: dict[str, str], *codes: str) -> None:
        """Telling it this is refused."""
        told = {"Idempotency-Key": token_hex(12), **headers}
        self.refused(self.target.ask("PUT", path_of(self.serial), encoded(document), headers=told), *codes)

    def _finished(self, said: Said) -> Said:
        if said.status != _ACCEPTED:
            return said
        number, deadline = str(said.json.get("operation")), time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            told = expect(self.target.ask("GET", f"/v1/operations/{number}"), 200).json
            if told.get("status") == "done":
                return self.get()
            if told.get("status") == "failed":
                raise Broken(f"operation failed: {told.get('code')}")
            time.sleep(0.5)
        raise Broken("the operation does not end")


def expect(said: Said, *statuses: int) -> Said:
    """The answer, when it has one of these statuses; raises Broken."""
    if said.status not in statuses:
        raise Broken(f"HTTP {said.status}, not {' or '.join(map(str, statuses))}")
    return said


def device_in(said: Said, serial: str) -> Json:
    """The device an answer tells; raises Broken."""
    told = said.json
    if not isinstance(told, dict) or told.get("serial") != serial:
        raise Broken("the answer is not about this device")
    version = told.get("version")
    if not isinstance(version, int) or not isinstance(told.get("id"), str):
        raise Broken("id or version is missing")
    if said.headers.get("etag") != f'"{version}"':
        raise Broken("ETag is not the version")
    return dict(told)


def same(told: Json, document: Json) -> None:
    """It comes back as it was told; raises Broken."""
    for name, value in document.items():
        if told.get(name) != value:
            raise Broken(f"{name} comes back otherwise than it was told")

"""The authority's key on a PKCS #11 token: where it is, and how a signature gets out of it.

A process that may load a vendor's library signs by itself; any other, the web above all, has a child do it.
A PIN the token refused is remembered beside the key files and never sent again until it is replaced.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

from cryptography.hazmat.primitives.serialization import load_der_public_key

from portal.connectors.ca.builtin.signing import CaPublicKey, SignerDown, ca_public_key
from portal.connectors.token import guard
from portal.connectors.token.child import ChildError, run_in_child
from portal.connectors.token.lone_key import Asked, Told
from portal.domain.certificate import KeyAlgorithm
from portal.ports.token import Pin
from portal.ports.vault import Vault

LONGEST_CALL: Final = 60.0
_Reply = TypeVar("_Reply")


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """A token an authority's key shall live on."""

    module: Path
    serial: str
    pin: Pin = field(repr=False)


def new_token_key(place: TokenPlace, name: str, algorithm: KeyAlgorithm, vault: Vault) -> dict[str, str]:
    """Make the authority's pair on the token, or find the one an interrupted set-up made; where it is, to be stored."""
    from portal.connectors.token.lone_key_work import make_key  # noqa: PLC0415 - pages never need it

    key_id = sha256(f"klyuchnik ca {name}".encode()).hexdigest()[:40]
    asked = Asked(str(place.module), place.serial, key_id, place.pin.reveal())
    told = _call(make_key, asked, algorithm)
    if told.trouble:
        raise SignerDown(f"the token made no key: {told.trouble}")
    sealed = vault.seal(asked.pin.encode(), context=_context(key_id))
    where = {"module": asked.module, "serial": asked.serial, "key_id": key_id}
    return {**where, "pin": sealed.hex(), "public": told.data.hex()}


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """Signs with a key on a token."""

    where: Mapping[str, str]
    folder: Path
    vault: Vault

    @property
    def public_key(self) -> CaPublicKey:
        return ca_public_key(load_der_public_key(bytes.fromhex(self.where["public"])))

    def sign(self, data: bytes) -> bytes:
        from portal.connectors.token.lone_key_work import sign  # noqa: PLC0415 - pages never need it

        mark = self.folder / f"refused-{sha256(self.where['pin'].encode()).hexdigest()[:16]}.pin"
        if mark.exists():
            raise SignerDown(f"the token refused its PIN: set it anew and remove {mark.name}")
        told = _call(sign, self._asked(), data)
        if told.pin_refused:
            mark.touch(mode=0o600)
        if told.trouble:
            raise SignerDown(f"the token does not sign: {told.trouble}")
        return told.data

    def _asked(self) -> Asked:
        try:
            pin = self.vault.open(bytes.fromhex(self.where["pin"]), context=_context(self.where["key_id"]))
        except ValueError as error:
            raise SignerDown("the token's PIN cannot be unsealed") from error
        return Asked(self.where["module"], self.where["serial"], self.where["key_id"], pin.decode())


def _call(work: Callable[[Asked, _Reply], Told], asked: Asked, argument: _Reply) -> Told:
    try:
        guard.check()
    except guard.ForbiddenHereError:
        try:
            return run_in_child(work, LONGEST_CALL, asked, argument)
        except ChildError as error:
            return Told(trouble=str(error))
    return work(asked, argument)


def _context(key_id: str) -> str:
    return f"ca token {key_id}"

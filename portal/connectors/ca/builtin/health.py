"""How the authority does: its keys opened, its revocation list kept fresh, its certificates read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509

from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.keyfile import FileSigner
from portal.connectors.ca.builtin.revoking import LIST_LIFE
from portal.connectors.ca.builtin.signing import SignerDown
from portal.connectors.ca.builtin.store import CaStore, StoreDown
from portal.connectors.ca.builtin.templates import OCSP_RESPONDER
from portal.domain.errors import OutsideUnavailable
from portal.domain.own_authority import KeyState, OwnState


@dataclass(frozen=True, slots=True)
class BuiltinHealth:
    """Implements portal.ports.own_authority.OwnAuthorityDesk; ``opens`` makes it anew, with no key at hand yet."""

    name: str
    store: CaStore
    opens: Callable[[], BuiltinAuthority | None]

    def there(self) -> bool:
        with self._reached():
            return self.store.prepared() and self.store.authority(self.name) is not None

    def look(self) -> OwnState | None:
        with self._reached():
            authority = self.opens()
            return None if authority is None else self._state(authority)

    def _state(self, authority: BuiltinAuthority) -> OwnState:
        key = _key_state(authority)  # before the list is read: it signs one when it is time
        newest = self.store.newest_list(self.name)
        responder = self.store.newest(self.name, OCSP_RESPONDER.name)
        made = datetime.fromtimestamp(newest.made_at, UTC) if newest else None
        return OwnState(
            issued=self.store.issued_count(self.name),
            key=key,
            list_made_at=made,
            list_until=made + LIST_LIFE if made else None,
            own_until=x509.load_der_x509_certificate(authority.ca_certificate_der()).not_valid_after_utc,
            responder_until=datetime.fromtimestamp(responder.not_after, UTC) if responder else None,
        )

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except StoreDown as error:
            raise OutsideUnavailable("ca_unavailable", ca=self.name) from error


def _key_state(authority: BuiltinAuthority) -> KeyState:
    signers = (authority.identity.signer, authority.identity.responder)
    files = [one for one in signers if isinstance(one, FileSigner)]
    with suppress(SignerDown, OutsideUnavailable):
        for one in files:
            one.open()
        authority.responder()
        authority.crl_der()
        return KeyState.OPENS if len(files) == len(signers) else KeyState.ON_TOKEN
    return KeyState.FAILS

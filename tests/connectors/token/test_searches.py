"""Each search takes a token as long as a signature: what must not be there is looked for only where it might be."""

from collections.abc import Iterator

import pytest
from pkcs11 import Object, Session

from portal.connectors.token import orders
from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.token.objects import with_id
from portal.connectors.x509 import X509Reader
from portal.domain.certificate import KeyAlgorithm
from portal.domain.outcomes import Done
from portal.ports.token import GenerateKeyPair, ReadContents, TokenGateway
from tests.support.pins import Pins
from tests.support.tokens import PIN, SoftHsm

READ = ReadContents()
FIRST, SECOND = (GenerateKeyPair(key_id, "Ключ", KeyAlgorithm.EC_P256) for key_id in ("01" * 20, "02" * 20))


@pytest.fixture
def gateway(hsm: SoftHsm) -> Iterator[TokenGateway]:
    with Pkcs11Desk([hsm.module], X509Reader()).gateway(hsm.init_token("one"), Pins(PIN)) as opened:
        yield opened


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every CKA_ID that was looked for."""
    seen: list[str] = []

    def looking(session: Session, key_id: str) -> list[Object]:
        seen.append(key_id)
        return with_id(session, key_id)

    monkeypatch.setattr(orders, "with_id", looking)
    return seen


def carried_out(gateway: TokenGateway, *given: GenerateKeyPair | ReadContents) -> None:
    for order in given:
        assert isinstance(gateway.carry_out(order), Done)


def test_what_was_not_there_when_all_was_read_is_not_looked_for(gateway: TokenGateway, searched: list[str]) -> None:
    carried_out(gateway, READ, FIRST, SECOND)
    assert searched == []


def test_what_was_asked_for_before_is(gateway: TokenGateway, searched: list[str]) -> None:
    carried_out(gateway, READ, FIRST, FIRST)
    assert searched == [FIRST.key_id]


def test_so_is_everything_on_a_token_that_was_not_read(gateway: TokenGateway, searched: list[str]) -> None:
    carried_out(gateway, FIRST, READ, FIRST)
    assert searched == [FIRST.key_id, FIRST.key_id]

"""Who guesses the secret of a program waits, by whichever door he comes: both count together, by his address."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from werkzeug.test import TestResponse

from portal.bootstrap import BUILTIN_CA, Portal
from portal.connectors.ca.builtin.setup import create_authority
from portal.connectors.ca.cmp.envelope import MEDIA_TYPE, Head, compose, read
from portal.connectors.ca.cmp.protection import Shared, Signing
from portal.domain.certificate import KeyAlgorithm
from portal.services.enrolling_door import PER_ADDRESS
from tests.support.clock import FrozenClock
from tests.support.foreign_pki import client_pair, foreign_root
from tests.support.pki import CA_SUBJECT

HERE, ELSEWHERE = "192.0.2.7", "192.0.2.8"


@pytest.fixture
def secret(portal: Portal) -> str:
    create_authority(portal.ca_place, BUILTIN_CA, subject=CA_SUBJECT, algorithm=KeyAlgorithm.EC_P256)
    return portal.enrolling_accounts.add("gate", ["vpn"], messages=True)


def by_messages(app: Flask, secret: str, address: str = HERE) -> TestResponse:
    data = compose("genm", [], Head(b"guess"), Shared(b"gate", secret.encode()))
    come_from = {"REMOTE_ADDR": address}
    answer: TestResponse = app.test_client().post(
        "/.well-known/cmp", data=data, content_type=MEDIA_TYPE, environ_overrides=come_from
    )
    return answer


def by_est(app: Flask, secret: str) -> TestResponse:
    answer: TestResponse = app.test_client().post(
        "/.well-known/est/simpleenroll", auth=("gate", secret), environ_overrides={"REMOTE_ADDR": HERE}
    )
    return answer


def test_who_guesses_waits(app: Flask, secret: str, clock: FrozenClock) -> None:
    for _right in range(PER_ADDRESS.free + 1):
        assert read(by_messages(app, secret).data).kind == "genp"  # only what was wrong is counted
    for _guess in range(PER_ADDRESS.free):
        assert read(by_messages(app, "wrong").data).kind == "error"
    assert by_est(app, "wrong").status_code == 401
    shut = by_messages(app, secret)
    assert (shut.status_code, by_est(app, secret).status_code) == (429, 429)
    assert read(by_messages(app, secret, ELSEWHERE).data).kind == "genp"
    clock.advance(seconds=int(shut.headers["Retry-After"]))
    assert read(by_messages(app, secret).data).kind == "genp"


def test_a_signature_is_no_guess(app: Flask, secret: str) -> None:
    pair = client_pair(foreign_root("Stranger"))
    hand = Signing(pair.certificate, lambda data: pair.key.sign(data, ECDSA(SHA256())), SHA256())
    signed = compose("genm", [], Head(b"signed"), hand)
    assert secret
    for _often in range(PER_ADDRESS.free + 2):
        answer = app.test_client().post(
            "/.well-known/cmp", data=signed, content_type=MEDIA_TYPE, environ_overrides={"REMOTE_ADDR": HERE}
        )
        assert read(answer.data).kind == "error"

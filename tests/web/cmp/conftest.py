"""The built-in authority's server of CMP, and a key and a request for OpenSSL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cmp_peer import CmpPeer, a_cmp_peer
from tests.support.pki import openssl


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Iterator[CmpPeer]:
    folder: Path = tmp_path_factory.mktemp("cmp")
    with a_cmp_peer(folder, empty_file) as found:
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl(folder, "req", "-new", *curve, "-keyout", "key.pem", "-subj", "/CN=gate/O=Ёлка", "-utf8",
                "-addext", "subjectAltName=DNS:gate.example", "-out", "request.pem")  # fmt: skip
        openssl(folder, "ecparam", "-genkey", "-name", "prime256v1", "-out", "next.pem")
        yield found

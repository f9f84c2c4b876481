"""Tokens that break on order."""

import pytest

from tests.connectors.token.broken import Broken
from tests.support.faults import fault_module
from tests.support.native import Compiler
from tests.support.tokens import SoftHsm


@pytest.fixture
def broken(compiler: Compiler, hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> Broken:
    return Broken(fault_module(compiler, hsm, monkeypatch), hsm.init_token("one"))

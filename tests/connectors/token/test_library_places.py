"""Where a token's library may be loaded, and that no session crosses a fork."""

import os
from pathlib import Path

import pytest

from portal.connectors.token import guard
from portal.connectors.token.child import run_in_child
from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.token.guard import ForbiddenHereError
from portal.connectors.token.scan import scan
from portal.connectors.x509 import X509Reader
from portal.domain.outcomes import Done
from portal.ports.token import ReadContents
from tests.connectors.token.broken import Broken
from tests.support.pins import Pins
from tests.support.tokens import PIN, SoftHsm


def test_a_process_that_serves_pages_loads_no_library(broken: Broken) -> None:
    guard.forbid("it serves pages")
    try:
        with pytest.raises(ForbiddenHereError, match="serves pages"), broken.open():
            pass
        with pytest.raises(ForbiddenHereError):
            scan(str(broken.faults.module), X509Reader())
    finally:
        guard.allow()
    broken.contents()


def in_a_fork(module: Path, serial: str) -> int:
    """A process forked off in the middle of a session works with the token by itself; answers its exit code."""
    desk = Pkcs11Desk([module], X509Reader())
    with desk.gateway(serial, Pins(PIN)) as gateway:
        gateway.carry_out(ReadContents())
        forked = os.fork()
        if forked == 0:
            with desk.gateway(serial, Pins(PIN)) as own:
                os._exit(0 if isinstance(own.carry_out(ReadContents()), Done) else 1)
        _, status = os.waitpid(forked, 0)
        still = gateway.carry_out(ReadContents())
    return os.waitstatus_to_exitcode(status) if isinstance(still, Done) else 2


@pytest.mark.parametrize("forgets", ["false", "true"])
def test_a_session_is_never_used_through_a_fork(broken: Broken, hsm: SoftHsm, forgets: str) -> None:
    conf = hsm.conf.read_text().replace("reset_on_fork = false", f"reset_on_fork = {forgets}")
    hsm.conf.write_text(conf)
    assert run_in_child(in_a_fork, 60, hsm.module, broken.serial) == 0

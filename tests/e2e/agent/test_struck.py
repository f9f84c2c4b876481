"""The program is killed, cut off, robbed of its task and of its token wherever it may be: nothing twice, nothing lost.

Each run carries two updates with every kind of order through ten blows: one for each kind, and one each time the person
has said yes. Ordinarily one of them is enough, in which every kind, every place and every sort of blow is met;
TEST_WHOLE=1 takes all, in which every kind meets every blow at every place.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agent.boundaries import Boundary
from portal.domain.agent_tasks import AgentTaskState
from portal.domain.ids import DeviceId
from portal.domain.update_state import UpdateStatus
from portal.ports.agent_orders import OrderKind
from tests.acceptance.third_party import CERTIFICATE, PRIVATE, PUBLIC, OpenSc, stored_objects
from tests.e2e.agent.overseer import Overseer, overseen
from tests.e2e.agent.seed import AFTER, SIGNATURE
from tests.e2e.agent.strikes import Blow, Fate, Strike
from tests.e2e.agent.world import Station, World, patiently, station
from tests.support.wire import Wiring

pytestmark = pytest.mark.crash

EVERYWHERE: Final = (Blow.KILL, Blow.SILENT, Blow.LOST, Blow.PULL)
STRIKES: Final = (
    *(Strike(boundary, blow) for boundary, blow in product(Boundary, EVERYWHERE)),
    Strike(Boundary.BEFORE_REPORT, Blow.LATE),
    Strike(Boundary.BEFORE_REPORT, Blow.DEAF),
)
#: What befalls the program between the person's yes and the portal's hearing of it, in the two updates of a run.
FIRST: Final = ((Wiring.LATE, Wiring.DEAF), (Wiring.SILENT, Wiring.LATE), (Wiring.DEAF, Wiring.SILENT))
SAMPLE: Final = (0,)
RUNS: Final = tuple(range(len(STRIKES))) if os.environ.get("TEST_WHOLE") else SAMPLE


def plan(run: int) -> Mapping[OrderKind, Strike]:
    """Each kind's strike in this run."""
    return {kind: STRIKES[(run + 3 * place) % len(STRIKES)] for place, kind in enumerate(OrderKind)}


def test_the_sample_knows_everything() -> None:
    for runs in (SAMPLE, range(len(STRIKES))):
        strikes = [strike for run in runs for strike in plan(run).values()]
        assert {strike.boundary for strike in strikes} == set(Boundary)
        first = {Blow(wiring.value) for run in runs for wiring in FIRST[run % 3]}
        assert {strike.blow for strike in strikes} | first == set(Blow)
    assert {pair for run in range(len(STRIKES)) for pair in plan(run).items()} == set(product(OrderKind, STRIKES))


@pytest.mark.parametrize("run", RUNS)
def test_nothing_twice_and_nothing_lost(world: World, tmp_path: Path, run: int) -> None:
    with station(world, tmp_path / "workstation") as here:
        serial, wrong = here.hsm.init_token("Свой"), here.hsm.init_token("Чужой")
        here.hsm.pull(wrong)
        other = stored_objects_in_drawer(here, wrong)
        device, (issued, revoked) = world.device(serial, "Ударова"), world.ledger()
        fate = Fate(world, here, plan(run), serial, wrong, list(FIRST[run % 3]))
        with overseen(tmp_path / "asks", fate) as overseer:
            carried(world, here, overseer, fate, device)
            world.moves(device, AFTER)
            carried(world, here, overseer, fate, device)
        assert fate.met == plan(run)
        assert fate.first == []
        assert here.made_keys() == 2, "one key pair for each certificate"
        assert world.ledger() == (issued + 2, revoked + 1)
        only_the_signature(here.token(serial), tmp_path)
        assert stored_objects_in_drawer(here, wrong) == other
        assert world.nothing_left(device)


def carried(world: World, here: Station, overseer: Overseer, fate: Fate, device: DeviceId) -> None:
    """One update, whatever happens: who was killed is started again."""
    programs: list[subprocess.Popen[bytes]] = [here.start(overseer.place)]
    try:
        patiently(lambda: world.sees(here.uid, fate.serial), f"the token is seen: {here.said()}")
        fate.update = update = world.order(device)
        patiently(going_on(world, here, overseer, fate, programs), "the update is over")
        programs[-1].send_signal(signal.SIGTERM)
        assert programs[-1].wait(120) == 0
    finally:
        for one in programs:
            one.kill()
            one.wait()
    assert world.status(update) is UpdateStatus.COMPLETED
    assert world.task(update).state is AgentTaskState.DONE


def going_on(
    world: World, here: Station, overseer: Overseer, fate: Fate, programs: list[subprocess.Popen[bytes]]
) -> Callable[[], bool]:
    """Looks after the program until its update is over and everything is whole."""

    def over() -> bool:
        ended = programs[-1].poll()
        if ended is not None:
            assert ended == -signal.SIGKILL, here.said()
            programs.append(here.start(overseer.place))
        return overseer.check() and fate.update is not None and world.over(fate.update) and fate.mended()

    return over


def stored_objects_in_drawer(here: Station, serial: str) -> set[tuple[str, str]]:
    """The very bytes of a token that is not plugged in."""
    here.hsm.plug(serial)
    try:
        return stored_objects(here.hsm, serial)
    finally:
        here.hsm.pull(serial)


def only_the_signature(token: OpenSc, folder: Path) -> None:
    """One certificate with both keys under one id, whose private key signs; nothing of what was there before."""
    found = token.objects()
    assert sorted((one.kind, one.label) for one in found) == [
        (kind, SIGNATURE.name) for kind in sorted((CERTIFICATE, PRIVATE, PUBLIC))
    ]
    assert len({one.id for one in found}) == 1
    (certificate,) = [one for one in found if one.kind == CERTIFICATE]
    public = x509.load_der_x509_certificate(token.read(certificate)).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert token.proves_possession(certificate.id, pem, folder, "ECDSA")

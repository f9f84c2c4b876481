"""Two folders somebody else writes into: what lies there is no way out of them, and nobody waits for it."""

import os
from pathlib import Path

import pytest

from portal.connectors.ca.files.folders import Folders
from portal.connectors.ca.files.opening import checked
from portal.connectors.clock import SystemClock
from portal.domain.outcomes import Refused
from tests.support.desk import Desk, a_desk
from tests.support.pki import a_key, a_named_order

CLOCK = SystemClock()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return a_desk(tmp_path / "desk")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A file of the portal, which is nobody's business."""
    made = tmp_path / "own"
    made.write_text("secret")
    return made


def test_a_link_tells_nothing_of_what_it_leads_to(desk: Desk, own: Path) -> None:
    order = a_named_order("order-1", a_key())
    desk.connector(CLOCK).request(order)
    (desk.into / "order-1.txt").symlink_to(own)
    (desk.into / "other.cer").symlink_to(own)
    refused = desk.connector(CLOCK).request(order)
    assert isinstance(refused, Refused)
    assert not refused.permanent
    assert "secret" not in str(refused)
    assert list(Folders(desk.out, desk.into).others(".cer")) == []


def test_nothing_is_written_where_a_link_leads_to(desk: Desk, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk.out / ".order-1.p10").symlink_to(own)
    monkeypatch.setattr("os.getpid", lambda: 7)
    (desk.out / ".probe-7").symlink_to(own)
    assert isinstance(desk.connector(CLOCK).request(a_named_order("order-1", a_key())), Refused)
    assert all(line.ok for line in checked(desk.values(), CLOCK))
    assert own.read_text() == "secret"


def test_nobody_waits_for_a_pipe(desk: Desk) -> None:
    order = a_named_order("order-1", a_key())
    desk.connector(CLOCK).request(order)
    os.mkfifo(desk.into / "order-1.cer")
    refused = desk.connector(CLOCK).request(order)
    assert isinstance(refused, Refused)
    assert "no plain file" in str(refused)

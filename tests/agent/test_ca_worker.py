"""The worker beside a Microsoft CA, between the folders of a real connector and the two programs as documented."""

import sys
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest

from agent.ca_worker.authority import MicrosoftCa
from agent.ca_worker.command import main
from agent.ca_worker.journal import Journal
from agent.ca_worker.programs import MOST, ProgramError, runner
from agent.ca_worker.settings import Settings, SettingsError, load
from agent.ca_worker.worker import LIST, Worker
from portal.connectors.clock import SystemClock
from portal.domain.certificate import Revocation
from portal.domain.outcomes import Done, Refused, Waiting
from portal.ports.certificate_authority import CertificateOrder, RevocationOrder, Suspender
from tests.support.desk import Desk, a_desk
from tests.support.microsoft_ca import NAME, MicrosoftStand
from tests.support.pki import a_key, a_named_order, serial_of

CLOCK = SystemClock()


@dataclass
class Office:
    """The portal's folders, the CA, and a worker that can be started anew."""

    desk: Desk
    stand: MicrosoftStand
    settings: Settings

    def round(self, *, settle: float = 600.0) -> bool:
        """One round of a worker that was just started."""
        journal = Journal(self.settings.state / "journal.db")
        ca = MicrosoftCa(NAME, ("certreq",), ("certutil",), self.stand.run)
        try:
            return Worker(replace(self.settings, settle=settle), ca, journal).round()
        finally:
            journal.close()

    def ask(self, order: CertificateOrder) -> object:
        return self.desk.connector(CLOCK, profiles="User").request(order)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    desk = a_desk(tmp_path / "desk")
    state = tmp_path / "state"
    state.mkdir()
    settings = Settings(NAME, desk.out, desk.into, state, frozenset({"User"}))
    return Office(desk, MicrosoftStand(desk.openssl), settings)


def an_order(template: str = "User") -> CertificateOrder:
    return a_named_order("order-1", a_key(), template=template)


def test_an_order_is_issued_revoked_and_seen_in_the_list(office: Office) -> None:
    order = an_order()
    assert isinstance(office.ask(order), Waiting)
    assert office.round()
    made = office.ask(order)
    assert isinstance(made, Done)
    assert not list(office.desk.out.glob("*.p10"))
    ca, serial = office.desk.connector(CLOCK), serial_of(made.reply)
    assert ca.status(serial) is Revocation.GOOD
    assert isinstance(ca.revoke(RevocationOrder("r", serial)), Waiting)
    assert office.round()
    assert isinstance(ca.revoke(RevocationOrder("r", serial)), Done)
    assert not list(office.desk.out.glob("*.revoke.json"))


def test_a_hold_is_taken_back(office: Office) -> None:
    order = an_order()
    office.ask(order)
    assert office.round()
    made, ca = office.ask(order), office.desk.connector(CLOCK)
    assert isinstance(made, Done)
    assert isinstance(ca, Suspender)
    told = RevocationOrder("h", serial_of(made.reply), "certificateHold")
    for wish, state in ((ca.revoke, Revocation.ON_HOLD), (ca.release, Revocation.GOOD)):
        assert isinstance(wish(told), Waiting)
        assert office.round()
        assert isinstance(wish(told), Done)
        assert ca.status(told.serial) is state


def test_what_an_officer_decides_about_is_waited_for(office: Office) -> None:
    office.stand.mood = "pending"
    order = an_order()
    office.ask(order)
    assert office.round()
    assert office.round()
    assert isinstance(office.ask(order), Waiting)
    office.stand.decide(1, "issued")
    assert office.round()
    assert isinstance(office.ask(order), Done)
    assert len(office.stand.rows) == 1


def test_a_denial_is_told_with_its_reason(office: Office) -> None:
    office.stand.mood = "denied"
    order = an_order()
    office.ask(order)
    assert office.round()
    outcome = office.ask(order)
    assert isinstance(outcome, Refused)
    assert outcome.permanent
    assert outcome.why.get("about") == "Отклонено: Нет доверенности"


def test_an_order_whose_answer_was_lost_is_found_and_not_handed_in_again(office: Office) -> None:
    order = an_order()
    office.ask(order)
    office.stand.lost = True
    assert not office.round()
    assert office.round(settle=0.0)
    assert isinstance(office.ask(order), Done)
    assert len(office.stand.rows) == 1


def test_a_power_cut_before_it_was_handed_in(office: Office) -> None:
    order = an_order()
    office.ask(order)
    office.stand.away = True
    assert not office.round()
    journal = Journal(office.settings.state / "journal.db")
    (asked,) = office.desk.out.glob("*.p10")
    journal.intend(asked.stem, sha256(asked.read_bytes()).hexdigest(), mark=0)
    journal.close()
    office.stand.away = False
    assert office.round()
    assert office.stand.rows == [], "the CA is given time to show it"
    assert office.round(settle=0.0)
    assert isinstance(office.ask(order), Done)
    assert len(office.stand.rows) == 1


def test_other_templates_are_refused_and_never_handed_in(office: Office) -> None:
    order = an_order("SubCA")
    office.ask(order)
    assert office.round()
    assert isinstance(office.ask(order), Refused)
    assert office.stand.rows == []


def test_what_does_not_fit_its_description_is_left_alone(office: Office) -> None:
    office.ask(an_order())
    (asked,) = office.desk.out.glob("*.p10")
    asked.write_bytes(b"another")
    assert office.round()
    assert office.stand.rows == []
    assert asked.exists()


def test_a_request_that_was_exchanged_is_left_alone(office: Office) -> None:
    office.stand.mood = "pending"
    office.ask(an_order())
    assert office.round()
    for path in (*office.desk.out.glob("order-1.*"), office.desk.out / ".sent" / "order-1"):
        path.unlink()
    office.ask(an_order())
    assert not office.round()
    assert len(office.stand.rows) == 1


def test_a_reason_nobody_knows_stays_to_be_looked_at(office: Office) -> None:
    (office.desk.out / "1f.revoke.json").write_text('{"serial": "1f", "reason": "mood"}')
    (office.desk.out / "zz.revoke.json").write_text('{"serial": "../x", "reason": "superseded"}')
    assert not office.round()
    assert not any("-revoke" in call for call in office.stand.calls)


def test_the_list_is_there_from_the_first_round(office: Office) -> None:
    assert office.round()
    assert (office.desk.into / LIST).exists()


def test_programs_are_bounded(tmp_path: Path) -> None:
    said = runner(120.0)([sys.executable, "-c", "import sys; print('да'); sys.exit(3)"])
    assert (said.code, said.text.strip()) == (3, "да")
    with pytest.raises(ProgramError):
        runner(120.0)([sys.executable, "-c", f"print('x' * {MOST + 1})"])
    with pytest.raises(ProgramError):
        runner(0.05)([sys.executable, "-c", "import time; time.sleep(600)"])
    with pytest.raises(ProgramError):
        runner(120.0)([str(tmp_path / "nothing")])


SAID = {
    "ca": NAME,
    "folder_out": "out",
    "folder_in": "in",
    "state": "state",
}


def written(folder: Path, *more: str) -> Path:
    file = folder / "worker.toml"
    lines = [f"{name} = '{value}'" for name, value in SAID.items()]
    file.write_text("\n".join([*lines, *more]))
    return file


def test_settings_are_read(tmp_path: Path) -> None:
    found = load(written(tmp_path, "templates = ['User']", "every = 5", "certutil = ['wine', 'certutil.exe']"))
    assert (found.ca, found.out, found.every) == (NAME, Path("out"), 5.0)
    assert found.certutil == ("wine", "certutil.exe")


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ((), "templates"),
        (("templates = []",), "templates"),
        (("templates = ['User']", "mood = 1"), "mood"),
        (("templates = ['User']", "every = 0"), "every"),
        (("templates = ['User']", "certreq = ''"), "certreq"),
        (("templates = ",), "worker.toml"),
    ],
    ids=["missing", "empty", "unknown", "no time", "no program", "no TOML"],
)
def test_settings_that_cannot_be_used_are_named(tmp_path: Path, more: tuple[str, ...], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load(written(tmp_path, *more))


def test_the_command_ends_with_how_the_round_went(tmp_path: Path) -> None:
    for name in ("out", "in"):
        (tmp_path / name).mkdir()
    file = tmp_path / "worker.toml"
    said = {**SAID, "folder_out": tmp_path / "out", "folder_in": tmp_path / "in", "state": tmp_path / "state"}
    lines = [f"{name} = '{value}'" for name, value in said.items()]
    file.write_text("\n".join([*lines, "templates = ['User']", "certutil = '/nonexistent/certutil'"]))
    with pytest.raises(SystemExit) as ended:
        main([str(file), "--once"])
    assert ended.value.code == 1

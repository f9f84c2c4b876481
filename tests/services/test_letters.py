"""Letters: who is told what, once, in his language; and nothing is lost while the mail server is away."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from portal.connectors.mail.writer import TemplateWriter
from portal.db.models import Account, DeviceFinding, DeviceReplacement, Group, LetterRow, Person
from portal.domain.errors import Conflict, InvalidInput, NotFound, OutsideUnavailable
from portal.domain.findings import UpdateReason
from portal.domain.ids import DeviceId
from portal.domain.letters import LetterStatus
from portal.domain.reach import EVERYTHING
from portal.domain.run_kind import RunKind
from portal.domain.update_state import UpdateStatus
from portal.ports.letters import Letter
from portal.services import letter_collecting
from portal.services.directory import Directory
from portal.services.editors import Editor
from portal.services.groups import Groups
from portal.services.letter_collecting import LetterCollector
from portal.services.letters import Administrators, Letters, administrators
from portal.services.people import PersonDraft, add_people
from tests.support.office import SERIAL, UNIT, Office


class Mail:
    """A mail server: takes letters, is away, or refuses an address for good."""

    def __init__(self) -> None:
        self.taken: list[Letter] = []
        self.away = False
        self.refused: set[str] = set()

    def send(self, letter: Letter) -> None:
        if self.away:
            raise OutsideUnavailable("mail_unavailable", why="nobody there")
        if letter.address in self.refused:
            raise OutsideUnavailable("letter_refused", permanent=True, why="550 no such user")
        self.taken.append(letter)

    @property
    def addresses(self) -> list[str]:
        return sorted(letter.address for letter in self.taken)


@pytest.fixture
def mail() -> Mail:
    return Mail()


@pytest.fixture
def letters(office: Office, mail: Mail) -> Letters:
    return Letters(office.database, office.clock, TemplateWriter(), mail)


@pytest.fixture
def collector(office: Office, letters: Letters) -> LetterCollector:
    """Of an office where the holder and his manager have addresses, and there is no digest."""
    office.clock.set(office.now.astimezone().replace(hour=12) + timedelta(days=1))
    letters.set_administrators(Administrators(("admin@example.org",), (), "ru", None), actor="root")
    with office.database.begin() as connection:
        boss = PersonDraft(UNIT, {"login": "boss", "surname": "Иванов", "cn": "Иванов", "email": "boss@example.org"})
        (manager,) = add_people(connection, [boss], office.now)
        connection.execute(update(Person).where(Person.id != manager).values(email="own@example.org"))
        connection.execute(update(Person).where(Person.id != manager).values(manager_id=manager))
    office.updates.review(office.device)
    return LetterCollector(office.database, office.clock, letters, "https://keys.example.org", "ru")


def find(office: Office, reason: UpdateReason, subject: str = "Подпись", device: DeviceId | None = None) -> None:
    found = {
        "reason": reason,
        "device_id": device or office.device,
        "subject": subject,
        "until": office.now + timedelta(days=9),
    }
    with office.database.begin() as connection:
        connection.execute(insert(DeviceFinding).values(**found, fingerprint="", on=None))


def row(office: Office, **values: Any) -> Any:
    query = select(LetterRow.__table__)
    for name, value in values.items():
        query = query.where(getattr(LetterRow, name) == value)
    with office.database.read() as connection:
        return connection.execute(query).one()


def test_the_holder_is_told_that_certificates_expire(
    office: Office, collector: LetterCollector, letters: Letters, mail: Mail
) -> None:
    find(office, UpdateReason.CERTIFICATE_EXPIRING)
    assert (collector.collect(), letters.send_due()) == (1, 1)
    assert mail.addresses == ["own@example.org"]
    (letter,) = mail.taken
    assert letter.subject == "Скоро истекают сертификаты на вашем устройстве"
    assert "«Подпись» на устройстве 00a1b2c3: до " in letter.body
    assert "https://keys.example.org/my/" in letter.body


def test_the_same_letter_comes_again_only_after_a_while(
    office: Office, collector: LetterCollector, letters: Letters
) -> None:
    find(office, UpdateReason.CERTIFICATE_EXPIRING)
    assert [collector.collect(), collector.collect()] == [1, 0]
    office.clock.advance(days=6, hours=23)
    assert collector.collect() == 0
    office.clock.advance(hours=2)
    assert collector.collect() == 1


def test_what_is_found_later_is_told_the_next_day_and_both_no_more_for_a_while(
    office: Office, collector: LetterCollector
) -> None:
    find(office, UpdateReason.CERTIFICATE_EXPIRING)
    assert collector.collect() == 1
    find(office, UpdateReason.CERTIFICATE_EXPIRING, "Вход\\100%_в домен")
    assert collector.collect() == 0
    office.clock.advance(days=1)
    assert [collector.collect(), collector.collect()] == [1, 0]
    office.clock.advance(days=5)
    assert collector.collect() == 0
    with office.database.read() as connection:
        bodies = connection.execute(select(LetterRow.body).order_by(LetterRow.id)).scalars().all()
    assert ["100%" in body for body in bodies] == [False, True]


def test_what_has_expired_is_told_to_the_manager_too(
    office: Office, collector: LetterCollector, letters: Letters, mail: Mail
) -> None:
    find(office, UpdateReason.CERTIFICATE_EXPIRED)
    collector.collect()
    letters.send_due()
    assert mail.addresses == ["boss@example.org", "own@example.org"]
    to_boss = next(letter for letter in mail.taken if letter.address.startswith("boss"))
    assert "Беляева" in to_boss.subject


def test_a_person_reads_letters_in_his_own_language(
    office: Office, collector: LetterCollector, letters: Letters, mail: Mail
) -> None:
    holder = office.device_row().holder_id
    account = {"login": "own", "name": "Own", "role": "employee", "password_hash": "-", "locale": "en"}
    with office.database.begin() as connection:
        connection.execute(insert(Account).values(**account, person_id=holder, created_at=office.now))
    find(office, UpdateReason.CERTIFICATE_EXPIRING)
    collector.collect()
    letters.send_due()
    assert mail.taken[0].subject == "Certificates on your device expire soon"


def test_nobody_without_an_address_or_at_work_any_more_is_written_to(
    office: Office, collector: LetterCollector
) -> None:
    find(office, UpdateReason.CERTIFICATE_EXPIRING)
    with office.database.begin() as connection:
        connection.execute(update(Person).values(email="not an address"))
    assert collector.collect() == 0
    with office.database.begin() as connection:
        connection.execute(update(Person).values(email="own@example.org", active=False))
    assert collector.collect() == 0


def test_runs_that_wait_or_failed_are_told_once(
    office: Office, collector: LetterCollector, letters: Letters, mail: Mail
) -> None:
    number = office.order()
    office.put(number, status=UpdateStatus.WAITING, waiting_for="pin", started_at=office.now)
    assert collector.collect() == 0  # it may go on any moment
    office.clock.advance(hours=2)
    assert [collector.collect(), collector.collect()] == [1, 0]
    office.put(number, status=UpdateStatus.FAILED, finished_at=office.now)
    assert [collector.collect(), collector.collect()] == [1, 0]
    letters.send_due()
    assert mail.addresses == ["admin@example.org", "own@example.org"]
    assert any(f"/admin/updates/{number}" in letter.body for letter in mail.taken)


def test_nothing_is_lost_while_the_mail_server_is_away(
    office: Office, collector: LetterCollector, letters: Letters, mail: Mail
) -> None:
    find(office, UpdateReason.CERTIFICATE_EXPIRING)
    collector.collect()
    mail.away = True
    for _ in range(100):
        assert letters.send_due() == 0
        office.clock.advance(seconds=10)
    waiting = row(office)
    assert waiting.status is LetterStatus.QUEUED
    assert waiting.attempts < 10
    assert waiting.trouble == "nobody there"
    mail.away = False
    office.clock.advance(hours=2)
    assert letters.send_due() == 1
    assert letters.send_due() == 0


def test_a_letter_that_is_refused_stops_no_other(office: Office, letters: Letters, mail: Mail) -> None:
    mail.refused = {"nobody@example.org"}
    for address in ("nobody@example.org", "somebody@example.org"):
        letters.send_test(address, actor="root", locale="en")
    assert letters.send_due() == 1
    assert mail.addresses == ["somebody@example.org"]
    refused = row(office, status=LetterStatus.REFUSED)
    assert refused.trouble == "550 no such user"
    mail.refused.clear()
    letters.try_again(refused.id, actor="root")
    assert letters.send_due() == 1
    with pytest.raises(NotFound):
        letters.try_again(refused.id, actor="root")


def test_a_letter_nobody_takes_for_days_is_given_up(office: Office, letters: Letters, mail: Mail) -> None:
    letters.send_test("somebody@example.org", actor="root", locale="en")
    mail.away = True
    for _ in range(100):
        letters.send_due()
        office.clock.advance(hours=1)
    assert row(office).status is LetterStatus.REFUSED


def test_two_couriers_send_a_letter_once(office: Office, letters: Letters, mail: Mail) -> None:
    letters.send_test("somebody@example.org", actor="root", locale="en")

    class Both:
        def send(self, letter: Letter) -> None:
            assert other.send_due() == 0
            mail.send(letter)

    other = Letters(office.database, office.clock, TemplateWriter(), mail)
    assert Letters(office.database, office.clock, TemplateWriter(), Both()).send_due() == 1
    assert len(mail.taken) == 1


def test_the_digest_comes_once_a_day(office: Office, collector: LetterCollector, letters: Letters, mail: Mail) -> None:
    letters.set_administrators(Administrators(("admin@example.org",), (), "ru", 8, 1), actor="root")
    office.clock.set(office.now.astimezone().replace(hour=7))
    assert collector.collect() == 0
    office.clock.advance(hours=2)
    assert [collector.collect(), collector.collect()] == [1, 0]
    office.clock.advance(days=1)
    assert collector.collect() == 1
    letters.send_due()
    assert "1  устройство требует обновления" in mail.taken[0].body


def test_a_replacement_whose_day_has_come_is_told_until_it_is_over(
    office: Office, collector: LetterCollector, letters: Letters, mail: Mail
) -> None:
    letters.set_administrators(Administrators(("admin@example.org",), (), "ru", None, 1), actor="root")
    stand_in = office.add_device("00ffee")
    row = {"old_id": office.device, "new_id": stand_in, "until": office.now + timedelta(days=3)}
    with office.database.begin() as connection:
        connection.execute(insert(DeviceReplacement).values(**row, ordered_by="operator", ordered_at=office.now))
    assert collector.collect() == 0
    office.clock.advance(days=4)
    assert [collector.collect(), collector.collect()] == [1, 0]
    letters.send_due()
    assert f"вместо {SERIAL} выдано 00ffee" in mail.taken[0].body
    office.clock.advance(days=8)
    assert collector.collect() == 1
    with office.database.begin() as connection:
        connection.execute(update(DeviceReplacement).values(ended_at=office.now))
    office.clock.advance(days=8)
    assert collector.collect() == 0


def test_members_of_a_group_are_administrators(office: Office, collector: LetterCollector, letters: Letters) -> None:
    with office.database.begin() as connection:
        guard = PersonDraft(UNIT, {"login": "g", "cn": "Страж", "email": "guard@example.org"}, groups=("Охрана",))
        add_people(connection, [guard], office.now)
    letters.set_administrators(Administrators((), ("Охрана",), "ru", 0, 1), actor="root")
    assert collector.collect() == 1
    assert row(office).address == "guard@example.org"


def test_settings_are_checked_and_nobody_overwrites_another(letters: Letters) -> None:
    with pytest.raises(InvalidInput):
        letters.set_administrators(Administrators(("a b@c",), (), "ru", 25), actor="root")
    letters.set_administrators(Administrators(("a@b",)), actor="root")
    with pytest.raises(Conflict):
        letters.set_administrators(Administrators(("c@d",)), actor="other")


def test_without_a_mail_server_nothing_is_written(office: Office) -> None:
    letters = Letters(office.database, office.clock, TemplateWriter(), None)
    with pytest.raises(Conflict):
        letters.send_test("a@b", actor="root", locale="ru")
    find(office, UpdateReason.CERTIFICATE_EXPIRED)
    assert LetterCollector(office.database, office.clock, letters, "", "ru").collect() == 0
    assert letters.send_due() == 0


def test_old_letters_are_forgotten(office: Office, letters: Letters) -> None:
    letters.send_test("a@b", actor="root", locale="ru")
    office.clock.advance(days=91)
    assert letters.forget_old() == 1


def test_people_nobody_can_write_to_do_not_keep_others_from_their_letters(
    office: Office, collector: LetterCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_collecting, "AT_ONCE", 2)
    names = ("", "", "", "no address", "two@at signs", "three@at signs", "four@at signs", "late@example.org")
    with office.database.begin() as connection:
        drafts = [PersonDraft(UNIT, {"login": f"p{n}", "cn": "П", "email": each}) for n, each in enumerate(names)]
        holders = add_people(connection, drafts, office.now)
    for number, holder in enumerate(holders):
        device = office.add_device(f"00aa{number}", holder=holder)
        office.updates.review(device)
        find(office, UpdateReason.CERTIFICATE_EXPIRING, device=device)
    assert sum(collector.collect() for _ in range(3)) == 1
    assert row(office).address == "late@example.org"


def test_a_manager_who_left_is_not_written_to(office: Office, collector: LetterCollector) -> None:
    find(office, UpdateReason.CERTIFICATE_EXPIRED)
    with office.database.begin() as connection:
        connection.execute(update(Person).where(Person.login == "boss").values(active=False))
    assert collector.collect() == 1
    assert row(office).address == "own@example.org"


def test_a_letter_about_a_run_that_waits_says_what_for(
    office: Office, collector: LetterCollector, letters: Letters, mail: Mail
) -> None:
    office.put(office.order(), status=UpdateStatus.WAITING, waiting_for="ca", started_at=office.now)
    office.clock.advance(hours=2)
    collector.collect()
    letters.send_due()
    assert f"устройство {SERIAL}: решения удостоверяющего центра пока нет" in mail.taken[0].body


def test_a_change_of_the_pin_is_no_update(office: Office, collector: LetterCollector, letters: Letters) -> None:
    number = office.order()
    office.put(number, status=UpdateStatus.FAILED, finished_at=office.now, kind=RunKind.CHANGE_PIN)
    assert collector.collect() == 0
    letters.set_administrators(Administrators(("admin@example.org",), (), "ru", 0, 1), actor="root")
    collector.collect()
    assert "не удалось" not in row(office, kind="digest").body


def test_the_digest_counts_letters_of_a_day_in_words_that_go_with_the_number(
    office: Office, collector: LetterCollector, letters: Letters, mail: Mail
) -> None:
    mail.refused = {"gone@example.org"}
    letters.send_test("gone@example.org", actor="root", locale="ru")
    letters.send_due()
    letters.set_administrators(Administrators(("admin@example.org",), (), "ru", 0, 1), actor="root")
    collector.collect()
    assert "1  письмо не удалось отправить за сутки" in row(office, kind="digest").body
    with office.database.begin() as connection:
        connection.execute(delete(LetterRow).where(LetterRow.kind == "digest"))
    office.clock.advance(days=2)
    collector.collect()
    assert "отправить" not in row(office, kind="digest").body


def test_a_group_that_gets_letters_exists_and_may_be_renamed(office: Office, letters: Letters) -> None:
    with pytest.raises(InvalidInput) as refused:
        letters.set_administrators(Administrators((), ("Нет такой",)), actor="root")
    assert refused.value.fields == {"groups": "no_such_group"}
    with office.database.begin() as connection:
        group = connection.execute(insert(Group).values(name="Охрана").returning(Group.id)).scalar_one()
    letters.set_administrators(Administrators((), ("Охрана",)), actor="root")
    by = Editor("root", EVERYTHING)
    Groups(office.database, office.clock).rename(group, "Стража", seen="Охрана", by=by)
    with office.database.read() as connection:
        assert administrators(connection).groups == ("Стража",)


def test_a_person_may_be_deleted_whom_letters_told_of(
    office: Office, collector: LetterCollector, letters: Letters
) -> None:
    with office.database.begin() as connection:
        (person,) = add_people(connection, [PersonDraft(UNIT, {"login": "x", "cn": "X"})], office.now)
    letters.send_test("x@example.org", actor="root", locale="ru")
    with office.database.begin() as connection:
        connection.execute(update(LetterRow).values(person_id=person))
    Directory(office.database, office.clock).delete(person, by=Editor("root", EVERYTHING))
    with office.database.read() as connection:
        assert connection.execute(select(LetterRow.id)).all() == []

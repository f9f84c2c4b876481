"""The pages of letters."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from portal.bootstrap import Portal
from portal.connectors.mail.folder import FolderMail
from portal.db.models import Group, LetterRow
from portal.domain.letters import Audience, LetterKind
from tests.support.clock import FrozenClock
from tests.web.visits import Visit


@pytest.fixture
def mail(portal: Portal, tmp_path: Path) -> Path:
    """A mail system that keeps letters in this folder."""
    folder = tmp_path / "mail"
    portal.letters.notifier = FolderMail(folder, "keys@example.org", portal.clock)
    return folder


def test_without_a_mail_server_the_pages_say_so(admin: Visit) -> None:
    assert "Почтовый сервер не указан" in admin.page("/admin/letters").text
    assert "Почтовый сервер не указан" in admin.page("/admin/letters/recipients").text
    answer = admin.post("/admin/letters/tests", {"address": "a@example.org"})
    assert answer.status_code == 409


def test_a_test_letter_is_sent_and_shown(admin: Visit, portal: Portal, mail: Path) -> None:
    assert "Писем нет" in admin.both("/admin/letters")[1]
    wrong = admin.post("/admin/letters/tests", {"address": "nobody"})
    assert wrong.status_code == 422
    assert "Это не похоже на адрес почты" in wrong.text
    admin.post("/admin/letters/tests", {"address": "a@example.org"})
    assert "В очереди" in admin.fragment("/admin/letters").text
    assert portal.letters.send_due() == 1
    assert len(list((mail / "new").iterdir())) == 1
    _page, fragment = admin.both("/admin/letters/1")
    assert "Если вы читаете это письмо, почта настроена верно." in fragment
    assert admin.page("/admin/letters/2").status_code == 404
    assert "Писем нет" in admin.fragment("/admin/letters?status=refused").text


def test_a_letter_nobody_took_is_put_back(
    admin: Visit, auditor: Visit, portal: Portal, mail: Path, clock: FrozenClock
) -> None:
    portal.letters.send_test("somebody@example.org", actor="root", locale="ru")
    mail.write_text("a file where the folder should be")
    portal.letters.send_due()
    assert "В очереди" in admin.fragment("/admin/letters/1").text
    with portal.database.begin() as connection:
        long_ago = portal.clock.now() - timedelta(days=4)
        connection.execute(update(LetterRow).values(created_at=long_ago, due_at=long_ago))
    portal.letters.send_due()
    assert "В очереди" in admin.fragment("/admin/letters/1").text, "the mail system is left alone for a while"
    clock.advance(minutes=1)
    portal.letters.send_due()
    refused = admin.fragment("/admin/letters/1").text
    assert "Не принято" in refused
    assert "Повторить" in refused
    assert "Повторить" not in auditor.fragment("/admin/letters/1").text
    admin.post("/admin/letters/1/repetition")
    assert "В очереди" in admin.fragment("/admin/letters/1").text


def test_every_letter_can_be_looked_at(auditor: Visit) -> None:
    for kind, audience in _each():
        page, fragment = auditor.both(f"/admin/letters/preview?kind={kind}&audience={audience}&language=en")
        assert "This letter was sent automatically" in fragment
        assert "Имена, устройства и даты вымышлены." in page
    assert "Это письмо" in auditor.fragment("/admin/letters/preview?kind=nothing&language=tlh").text


def _each() -> Iterable[tuple[str, str]]:
    return ((kind.value, audience.value) for kind in LetterKind for audience in Audience)


def test_recipients_are_kept(admin: Visit, auditor: Visit, portal: Portal) -> None:
    with portal.database.begin() as connection:
        connection.execute(insert(Group).values(name="Охрана"))
    form = {"addresses": "a@example.org; b@example.org\n", "groups": "Охрана", "locale": "en", "digest_hour": "-1"}
    assert admin.post("/admin/letters/recipients", {**form, "version": "0"}).status_code == 303
    page = admin.page("/admin/letters/recipients").text
    assert "a@example.org\nb@example.org" in page
    assert admin.post("/admin/letters/recipients", {**form, "version": "0"}).status_code == 409
    wrong = admin.post("/admin/letters/recipients", {**form, "addresses": "no address", "version": "1"})
    assert wrong.status_code == 422
    assert "no address" in wrong.text
    wrong = admin.post("/admin/letters/recipients", {**form, "groups": "Нет такой", "version": "1"})
    assert wrong.status_code == 422
    assert "В каталоге нет группы с таким названием" in wrong.text
    assert auditor.page("/admin/letters/recipients").status_code == 403

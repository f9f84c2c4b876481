"""The audit log: read only, filtered in the address."""

from portal.bootstrap import Portal
from portal.domain.audit import AuditTag
from tests.web.visits import Visit


def test_the_log(auditor: Visit, portal: Portal) -> None:
    portal.audit.record(AuditTag.ACCESS_DENIED, actor="operator", subject="account:operator", reason="<b>hostile</b>")
    page, fragment = auditor.both("/admin/audit")
    assert "Отказано в доступе" in fragment
    assert "&lt;b&gt;hostile&lt;/b&gt;" in fragment
    assert "<b>hostile" not in page


def test_it_is_narrowed_in_the_address(auditor: Visit, portal: Portal) -> None:
    for actor in ("operator", "administrator"):
        portal.audit.record(AuditTag.ACCESS_DENIED, actor=actor, subject=f"account:{actor}")
    fragment = auditor.fragment("/admin/audit?actor=operator&tag=web:access:denied").text
    assert fragment.count("<tr data-row>") == 1
    assert "Подходящих записей нет" in auditor.fragment("/admin/audit?subject=nothing").text


def test_a_refused_attempt_is_written_down(auditor: Visit, portal: Portal) -> None:
    auditor.page("/admin/devices/1/updates/new")
    fragment = auditor.fragment("/admin/audit?tag=web:access:denied").text
    assert "Страница GET /admin/devices/1/updates/new" in fragment
    assert "привилегия: admin:updates:order" in fragment


def test_a_cause_is_told_in_words(auditor: Visit, portal: Portal) -> None:
    portal.audit.record(AuditTag.UPDATE_WAITING, actor="worker", subject="update:7", trouble="pin_incorrect", seq=1)
    fragment = auditor.fragment("/admin/audit?subject=update:7").text
    assert "Обновление № 7" in fragment
    assert "причина: PIN-код не подошёл, шаг: 1" in fragment

"""Templates of a policy changed through its pages: what makes nobody due, what makes both holders due, what is done."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Page

from portal.domain.findings import UpdateReason
from portal.domain.plan_items import Action
from tests.acceptance.test_main_job import revoked_for_openssl, verified_by_openssl
from tests.e2e.triggers.conftest import Employee
from tests.e2e.triggers.dialog import Walk, walk_through
from tests.e2e.triggers.office import Held, Office
from tests.e2e.triggers.pages import Draft, open_draft
from tests.e2e.triggers.seats import ABRAMOVA, BOYTSOV, DESIGN, ENCRYPTION, LOGON, MAIL, SIGNATURE, VPN, Seat
from tests.e2e.triggers.story import Line, Reason, Side, Story
from tests.e2e.triggers.strangers import still_good

pytestmark = pytest.mark.e2e

ADMIN: Final = Story(
    ABRAMOVA,
    Side.ADMIN,
    "policy draft: a renewal window widened, a template added, another taken out",
    reasons=(
        Reason(UpdateReason.CERTIFICATE_EXPIRING, "Истекает срок действия сертификата «Вход в домен»: …"),
        Reason(UpdateReason.CERTIFICATE_EXPIRING, "Истекает срок действия сертификата «Удалённый доступ»: …"),
        Reason(UpdateReason.CERTIFICATE_EXPIRING, "Истекает срок действия сертификата «Шифрование почты»: …"),
        Reason(UpdateReason.TEMPLATE_ADDED, "Состав шаблонов политики изменён, добавлен: Подпись документов"),
        Reason(UpdateReason.TEMPLATE_REMOVED, "Состав шаблонов политики изменён, убран: Подпись почты"),
    ),
    plan=(
        Line(Action.RENEW, "Выпустить «Вход в домен» взамен истекающего …", "Перевыпущен «Вход в домен»"),
        Line(
            Action.RENEW_SAME_KEY,
            "Перевыпустить «Удалённый доступ» с тем же ключом",
            "Перевыпущен «Удалённый доступ» с тем же ключом",
        ),
        Line(Action.RENEW, "Выпустить «Шифрование почты» взамен истекающего …", "Перевыпущен «Шифрование почты»"),
        Line(Action.ISSUE, "Выпустить «Подпись документов»", "Выпущен «Подпись документов»"),
        Line(Action.DELETE, "Удалить «Подпись почты»: шаблона нет в новой политике", "Удалён «Подпись почты»"),
    ),
)
OWN: Final = replace(ADMIN, seat=BOYTSOV, side=Side.OWN, headline="Обновите токен: «Вход в домен» …")
GIVEN_UP: Final = Story(
    ABRAMOVA,
    Side.ADMIN,
    "dialog: the old decryption key given up",
    reasons=(),
    ticks=("Старый ключ «Шифрование почты»",),
    plan=(Line(Action.DELETE, "Удалить старый ключ расшифрования «Шифрование почты»: …", "Удалён «Шифрование почты»"),),
    stays=tuple(
        Line(Action.KEEP, f"Оставить «{name}»") for name in (LOGON.name, VPN.name, ENCRYPTION.name, SIGNATURE.name)
    ),
    whys=(Reason(UpdateReason.HISTORY_GIVEN_UP, "От старого ключа расшифрования «Шифрование почты» отказались"),),
)
STORIES: Final = (ADMIN, OWN, GIVEN_UP)


def test_templates(office: Office, admin: Page, employee: Employee, tmp_path: Path) -> None:
    before = office.due(admin)
    held = {seat: office.held(seat) for seat in (ABRAMOVA, BOYTSOV)}
    nobody_is_due(open_draft(admin, office, DESIGN[-1]))
    office.becomes_due(admin, before)
    everybody_is_due(open_draft(admin, office, DESIGN[-1]))
    office.becomes_due(admin, before, ABRAMOVA, BOYTSOV)
    own = employee(BOYTSOV)
    walk_through([Walk(admin, office, ADMIN), Walk(own, office, OWN)])
    for seat, old in held.items():
        is_as_planned(office, seat, old, tmp_path)
    office.becomes_due(admin, before)
    walk_through([Walk(admin, office, GIVEN_UP)])
    assert only(office.held(ABRAMOVA), ENCRYPTION.name) not in held[ABRAMOVA]


def nobody_is_due(draft: Draft) -> None:
    """Another algorithm, recipe, treatment of the key, an attribute more, required or optional: told to nobody."""
    draft.template(LOGON.name)
    draft.page.get_by_label("Алгоритм ключа").select_option("p384")
    draft.page.get_by_role("button", name="Добавить строку").first.click()
    draft.page.get_by_label("Часть имени, строка 3").select_option("OU")
    draft.page.get_by_label("Значение, строка 3").first.fill("{department}")
    draft.page.get_by_label("отдел").check()
    draft.save()
    draft.template(VPN.name)
    draft.page.get_by_label("Сохранять ключ при продлении").check()
    draft.page.get_by_label("Кто выберет: сертификат необязательный").check()
    draft.save()
    draft.publish()


def everybody_is_due(draft: Draft) -> None:
    """Windows that have opened already, a template more, a template less."""
    for template in (LOGON, VPN, ENCRYPTION):
        draft.template(template.name)
        draft.page.get_by_label("Срок продления").fill("120")
        draft.save()
    draft.take_out(MAIL.name)
    draft.new_template(SIGNATURE.name, "main|signature|sign")
    draft.save()
    draft.publish(ABRAMOVA, BOYTSOV)


def only(held: list[Held], label: str) -> Held:
    (found,) = [one for one in held if one.label == label]
    return found


def is_as_planned(office: Office, seat: Seat, old: list[Held], folder: Path) -> None:
    """What OpenSC reads: new keys and the kept one, the old decryption key, nothing of what was taken out."""
    held = office.held(seat)
    names = [ENCRYPTION.name, ENCRYPTION.name, LOGON.name, SIGNATURE.name, VPN.name]
    assert sorted(one.label for one in held) == sorted(names)
    logon, vpn = only(held, LOGON.name), only(held, VPN.name)
    key = logon.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp384r1"
    units = logon.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    assert [unit.value for unit in units] == [DESIGN[-1]]
    assert (vpn.id, vpn.certificate.public_key()) == (
        only(old, VPN.name).id,
        only(old, VPN.name).certificate.public_key(),
    )
    assert vpn.certificate != only(old, VPN.name).certificate
    assert only(old, ENCRYPTION.name) in held, "the only key that opens old mail stays"
    verified_by_openssl(logon.certificate, folder)
    still_good(only(old, LOGON.name).certificate, logon.certificate, folder)  # nobody asked for its revocation
    revoked_for_openssl(only(old, MAIL.name).certificate, logon.certificate, folder)

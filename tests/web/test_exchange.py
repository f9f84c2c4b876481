"""The page of the connection to СМЭВ: settings, believed certificates, trying it, and what is known of it."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from portal.bootstrap import Portal
from portal.db.queries.identity_check import identity_check
from portal.domain.exchange_settings import ExchangeSettings
from portal.domain.identity_check import Verdict
from portal.ports.exchange import ExchangeHealth, Rule
from portal.ports.signer import SignerHealth
from tests.fakes.exchange import FakeExchange, refusal
from tests.support.clock import FrozenClock
from tests.support.pki import a_key
from tests.web.checks import a_check
from tests.web.visits import Visit
from tests.web.world import World

PAGE = "/admin/identity/connection"
ADAPTER = {
    "transport": "adapter",
    "address": "http://adapter.key.example:7575/ws",
    "version": "1.3",
    "system": "KEY01",
    "name": "АО «Ключ»",
    "inn": "7707083893",
    "ogrn": "1027700132195",
    "routing": "DEV",
    "kept_days": "90",
}
DIRECT = {**ADAPTER, "transport": "direct", "system": "", "signer": "/run/klyuchnik/sign.sock"}


class Signing(FakeExchange):
    """One that signs here, and may be out of reach."""

    reachable = True
    signer: SignerHealth | None = None

    def health(self) -> ExchangeHealth:
        return ExchangeHealth(self.reachable, "" if self.reachable else "Connection refused", self.signer)


@pytest.fixture
def exchange(portal: Portal) -> Signing:
    made = Signing()
    portal.exchange.opener = lambda _settings: made
    return made


def saved(admin: Visit, form: dict[str, str] = ADAPTER, revision: int = 0) -> None:
    assert admin.post(PAGE, {**form, "revision": str(revision)}).status_code == 303


def a_certificate(name: str, clock: FrozenClock) -> bytes:
    key = a_key()
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(whose).issuer_name(whose).public_key(key.public_key())
    made = made.serial_number(7).not_valid_before(clock.now()).not_valid_after(clock.now() + timedelta(days=365))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_nothing_is_set_up_yet(admin: Visit) -> None:
    _page, fragment = admin.both(PAGE)
    assert "Подключение не настроено" in fragment
    assert "Проверить" not in fragment
    assert PAGE in admin.page("/admin/identity/").text
    assert admin.post(f"{PAGE}/trial").status_code == 409


def test_settings_are_kept_and_written_down(admin: Visit, portal: Portal) -> None:
    saved(admin)
    settings, version = portal.exchange.settings()
    assert version == 1
    assert isinstance(settings, ExchangeSettings)
    assert (settings.system, settings.kept_days, settings.test) == ("KEY01", 90, False)
    _page, fragment = admin.both(PAGE)
    assert "http://adapter.key.example:7575/ws" in fragment
    assert "К СМЭВ ещё не обращались" in fragment
    assert "Настроил подключение к СМЭВ" in admin.page("/admin/audit").text


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(admin: Visit) -> None:
    wrong = {**ADAPTER, "address": "adapter", "inn": "1", "kept_days": "0", "revision": "0"}
    answer = admin.post(PAGE, wrong)
    assert answer.status_code == 422
    assert "Адрес начинается с http://" in answer.text
    assert "АО «Ключ»" in answer.text
    saved(admin)
    late = admin.post(PAGE, {**ADAPTER, "system": "KEY02", "revision": "0"})
    assert late.status_code == 409
    assert "KEY02" in late.text


def test_only_who_may_connect_sees_it(operator: Visit, auditor: Visit) -> None:
    for visit in (operator, auditor):
        assert visit.page(PAGE).status_code == 403
        assert visit.post(f"{PAGE}/trial").status_code == 403
        assert PAGE not in visit.page("/admin/identity/").text


def test_trying_goes_step_by_step(admin: Visit, exchange: Signing) -> None:
    saved(admin)
    step, said = "", []
    for _ in range(4):
        answer = admin.post(f"{PAGE}/trial", {"step": step}, htmx=True).text
        said.append(answer)
        step = answer.partition('name="step" value="')[2].partition('"')[0]
    assert step == ""
    for sentence, answer in zip(
        ("По адресу отвечают", "подписывает он", "СМЭВ приняла его", "Очередь читается"), said, strict=True
    ):
        assert sentence in answer
    (content,) = exchange.taken.values()
    assert b"Validation" in content
    assert "Проверил подключение к СМЭВ" in admin.page("/admin/audit").text


def test_without_script_all_is_tried_at_once(admin: Visit, exchange: Signing) -> None:
    saved(admin)
    answer = admin.post(f"{PAGE}/trial")
    assert answer.status_code == 200
    for sentence in ("По адресу отвечают", "подписывает он", "СМЭВ приняла его", "Очередь читается"):
        assert sentence in answer.text
    assert "СМЭВ отвечает" in admin.page(PAGE).text


def test_trying_ends_where_it_goes_wrong(admin: Visit, exchange: Signing) -> None:
    saved(admin, DIRECT)
    exchange.reachable = False
    answer = admin.post(f"{PAGE}/trial").text
    assert "По адресу никто не отвечает" in answer
    assert "Отправка тестового сообщения" not in answer
    exchange.reachable, exchange.signer = True, SignerHealth(ready=False, trouble="no socket")
    assert "Служба подписи не отвечает" in admin.post(f"{PAGE}/trial").text
    exchange.signer = SignerHealth(ready=True)
    exchange.refusals.append(refusal(Rule.CONFIGURATION, "SenderIsNotRegistered"))
    answer = admin.post(f"{PAGE}/trial").text
    assert "SenderIsNotRegistered" in answer
    assert "наш сертификат у оператора" in answer
    assert "Чтение нашей очереди" not in answer


def test_our_certificate_warns_before_it_ends(admin: Visit, exchange: Signing, clock: FrozenClock) -> None:
    saved(admin, DIRECT)
    exchange.signer = SignerHealth(ready=True, not_after=clock.now() + timedelta(days=10))
    assert "Подпись работает" in admin.post(f"{PAGE}/trial").text
    page = admin.page(PAGE).text
    assert "Наш сертификат" in page
    assert "истекает через 10 дней" in page


def test_certificates_are_believed_and_disbelieved(
    admin: Visit, portal: Portal, exchange: Signing, clock: FrozenClock
) -> None:
    saved(admin, DIRECT)
    der = a_certificate("СМЭВ тестовый", clock)
    nothing = admin.post(f"{PAGE}/trust", {"file": (BytesIO(b"no certificate"), "smev.pem")})
    assert nothing.status_code == 422
    assert "Это не файл сертификатов" in nothing.text
    assert admin.post(f"{PAGE}/trust", {"file": (BytesIO(der), "smev.cer")}).status_code == 303
    page = admin.page(PAGE).text
    assert "СМЭВ тестовый" in page
    fingerprint = portal.exchange_trust.certificates()[0].fingerprint
    saved(admin, DIRECT, revision=2)
    assert portal.exchange_trust.certificates(), "saving the settings keeps them"
    assert admin.post(f"{PAGE}/trust/{fingerprint}/removal").status_code == 303
    assert "Здесь не указан ни один" in admin.page(PAGE).text
    assert admin.post(f"{PAGE}/trust/{fingerprint}/removal").status_code == 404


def test_data_are_deleted_after_the_term_that_is_set(
    sign_in: Callable[[str], Visit], portal: Portal, world: World, clock: FrozenClock, exchange: Signing
) -> None:
    admin = sign_in("administrator")
    saved(admin)
    number = a_check(portal, world.belyaeva)
    portal.identity_polling.round()
    clock.advance(days=2)
    portal.identity_polling.round()
    with portal.database.read() as connection:
        assert identity_check(connection, number).row.verdict is Verdict.NO_ANSWER
    clock.advance(days=87)
    assert portal.identity_checks.forget_old() == 0
    clock.advance(days=2)
    assert portal.identity_checks.forget_old() == 1
    admin = sign_in("administrator")
    page = admin.page(f"/admin/identity/{number}").text
    assert "срок хранения истёк" in page
    assert admin.post(f"/admin/identity/{number}/data").status_code == 409
    assert admin.post(f"/admin/identity/{number}/evidence/request/1").status_code == 409

"""What the doctor says: how bad it is (0 fine, 1 needs attention, 2 broken), in English, in Russian."""

from typing import Final

ADVICE: Final[dict[str, tuple[int, str, str]]] = {
    "no_modules": (
        2,
        'No PKCS#11 library is known here. Install the one of your tokens\' maker and name it: modules = ["…"].',
        'Нет ни одной библиотеки PKCS#11. Установите библиотеку производителя и укажите: modules = ["…"].',
    ),
    "module_absent": (
        2,
        "{module}: there is no such file. Install the maker's package, or correct the path in the settings.",
        "{module}: такого файла нет. Установите пакет производителя или исправьте путь в настройках.",
    ),
    "module_architecture": (
        2,
        "{module}: made for another kind of computer ({found}, this program needs {wanted}). Install the right build.",
        "{module}: библиотека для другой архитектуры ({found}, а нужна {wanted}). Установите подходящую сборку.",
    ),
    "module_broken": (
        2,
        "{module}: cannot be loaded ({detail}). Install the maker's package again; a library it needs may be missing.",
        "{module}: не загружается ({detail}). Переустановите пакет производителя: возможно, не хватает зависимости.",
    ),
    "module_crashes": (
        2,
        "{module}: crashes when it is asked for its readers. Pull all its tokens, ask again, and update the library.",
        "{module}: аварийно завершается при опросе. Выньте все токены, повторите и обновите библиотеку.",
    ),
    "module_hangs": (
        2,
        "{module}: does not answer. Pull the token and plug it in again; another program may hold it.",
        "{module}: не отвечает. Выньте токен и подключите снова: возможно, его занимает другая программа.",
    ),
    "module_fine": (0, "{module}: works.", "{module}: работает."),
    "pcscd": (
        1,
        "The smart card service (pcscd) is not running. Start it: systemctl start pcscd.socket",
        "Служба смарт-карт (pcscd) не запущена. Запустите: systemctl start pcscd.socket",
    ),
    "no_readers": (
        1,
        "{module}: sees no reader. Plug the token or the reader in, into another port if need be.",
        "{module}: не видит считывателей. Подключите токен или считыватель, при необходимости в другой порт.",
    ),
    "no_token": (
        1,
        "{module}: the reader is empty. Plug the token in.",
        "{module}: считыватель пуст. Подключите токен.",
    ),
    "uninitialized": (
        1,
        "{module}: the token in “{slot}” was never initialized. An administrator has to issue it first.",
        "{module}: токен в «{slot}» не инициализирован. Сначала его должен выпустить администратор.",
    ),
    "token_trouble": (
        1,
        "{module}: the token in “{slot}” does not answer ({detail}). Pull it and plug it in again.",
        "{module}: токен в «{slot}» не отвечает ({detail}). Выньте его и подключите снова.",
    ),
    "token_fine": (0, "Token {serial} “{label}”: readable.", "Токен {serial} «{label}»: читается."),
    "token_unreadable": (
        1,
        "Token {serial}: its contents cannot be read ({detail}). Pull it and plug it in again.",
        "Токен {serial}: содержимое не читается ({detail}). Выньте его и подключите снова.",
    ),
    "pin_low": (
        1,
        "Token {serial}: a wrong PIN was entered before; few tries are left. The right one resets the count.",
        "Токен {serial}: вводили неверный ПИН-код, попыток мало. Верный ПИН-код сбросит счётчик.",
    ),
    "pin_last": (
        1,
        "Token {serial}: ONE try of the PIN is left. If you are not sure of it, ask an administrator first.",
        "Токен {serial}: осталась ОДНА попытка ПИН-кода. Если не уверены, сначала обратитесь к администратору.",
    ),
    "pin_locked": (
        2,
        "Token {serial}: the PIN is locked. Only an administrator can unlock it.",
        "Токен {serial}: ПИН-код заблокирован. Разблокировать его может только администратор.",
    ),
    "foreign": (
        0,
        "Token {serial}: {count} certificate(s) were put there by other programs; they are never touched.",
        "Токен {serial}: сертификатов, записанных другими программами: {count}; они не затрагиваются.",
    ),
    "orphan_key": (
        1,
        "Token {serial}: {count} key(s) without a certificate take up room. The portal shows them with the device.",
        "Токен {serial}: ключей без сертификата: {count}, они занимают место. Портал покажет их на карточке.",
    ),
    "orphan_certificate": (
        1,
        "Token {serial}: {count} certificate(s) without a key cannot sign. An update from the portal mends this.",
        "Токен {serial}: сертификатов без ключа: {count}, подписывать ими нельзя. Это исправит обновление из портала.",
    ),
    "not_enrolled": (
        2,
        "Not enrolled at any portal: klyuchnik-agent enroll ADDRESS --code CODE",
        "Рабочая станция не зарегистрирована: klyuchnik-agent enroll АДРЕС --code КОД",
    ),
    "waits": (
        1,
        "Enrolled, but an administrator has not accepted this workstation yet.",
        "Заявка подана, но администратор ещё не принял рабочую станцию.",
    ),
    "revoked": (
        2,
        "This workstation was revoked. Ask an administrator for a new one-time code.",
        "Рабочая станция отозвана. Попросите у администратора новый одноразовый код.",
    ),
    "certificate_missing": (
        2,
        "The certificate of this workstation cannot be read. Enroll again with a new code (--anew).",
        "Сертификат рабочей станции не читается. Зарегистрируйтесь заново с новым кодом (--anew).",
    ),
    "certificate_over": (
        2,
        "The certificate of this workstation ended on {when}. Enroll again with a new code (--anew).",
        "Сертификат рабочей станции истёк {when}. Зарегистрируйтесь заново с новым кодом (--anew).",
    ),
    "certificate_ends": (
        1,
        "The certificate of this workstation ends on {when}; it is renewed by itself while `run` reaches the portal.",
        "Сертификат рабочей станции истекает {when}; он продлевается сам, пока `run` видит портал.",
    ),
    "certificate_fine": (0, "Certificate of this workstation: until {when}.", "Сертификат рабочей станции: до {when}."),
    "unreachable": (
        2,
        "The portal does not answer at {url} ({detail}). Look at the network, the address and the proxy setting.",
        "Портал не отвечает по адресу {url} ({detail}). Проверьте сеть, адрес и настройку прокси.",
    ),
    "untrusted": (
        2,
        "What answers at {url} is not our portal ({detail}). Tell an administrator; nothing was told to it.",
        "По адресу {url} отвечает не наш портал ({detail}). Сообщите администратору; ему ничего не передано.",
    ),
    "portal_fine": (0, "Portal {url}: answers.", "Портал {url}: отвечает."),
    "clock": (
        1,
        "The clock of this computer is off by {seconds} s. Turn time synchronization on: timedatectl set-ntp true",
        "Часы этого компьютера расходятся на {seconds} с. Включите синхронизацию: timedatectl set-ntp true",
    ),
}

"""The sentences: English, Russian."""

from typing import Final

from portal.domain.troubles import Trouble

Pair = tuple[str, str]

TEXTS: Final[dict[str, Pair]] = {
    # the offer and the PIN
    "offer_title": ("Your device can be updated", "Можно обновить ваше устройство"),
    "offer_device": ("Device: {device} (serial number {serial})", "Устройство: {device} (серийный номер {serial})"),
    "offer_by": ("Asked by: {who}", "Попросил: {who}"),
    "offer_comment": ("Comment: {comment}", "Комментарий: {comment}"),
    "offer_reasons": ("Why:", "Почему:"),
    "offer_changes": ("What will change:", "Что изменится:"),
    "offer_expires": ("The task waits until {when}.", "Задача ждёт до {when}."),
    "offer_accept": ("Update now", "Обновить сейчас"),
    "offer_ten_minutes": ("Ask again in 10 minutes", "Напомнить через 10 минут"),
    "offer_hour": ("Ask again in an hour", "Напомнить через час"),
    "offer_tomorrow": ("Ask again tomorrow morning", "Напомнить завтра утром"),
    "offer_decline": ("Decline", "Отказаться"),
    "choose": ("Your choice", "Ваш выбор"),
    "choose_again": ("Type a number from 1 to {most}.", "Введите число от 1 до {most}."),
    "pin_for": (
        "PIN of “{device}” (serial number {serial}). It does not leave this computer.",
        "ПИН-код устройства «{device}» (серийный номер {serial}). Он не покидает этот компьютер.",
    ),
    "pin": ("PIN", "ПИН-код"),
    "pin_again": (
        "The PIN of “{device}” is needed once more to finish what was begun.",
        "ПИН-код устройства «{device}» нужен ещё раз, чтобы закончить начатое.",
    ),
    "pin_left": (
        "“{device}” waits for the PIN. We ask in {minutes} min; sooner: plug it in anew or klyuchnik-agent resume.",
        "«{device}» ждёт ПИН. Спросим через {minutes} мин; раньше: подключите заново или klyuchnik-agent resume.",
    ),
    "resumed": ("You are asked now for what waits for you.", "Сейчас вас спросят обо всём, что ждёт вас."),
    "not_running": ("The agent does not run: klyuchnik-agent run", "Агент не запущен: klyuchnik-agent run"),
    "pin_repeated": (
        "The token has refused this PIN before: it is not tried again. Enter another one.",
        "Токен уже отверг этот ПИН-код: второй раз он не пробуется. Введите другой.",
    ),
    "tries_low": (
        "A wrong PIN was entered before: few tries are left.",
        "Уже вводили неверный ПИН-код: попыток осталось мало.",
    ),
    "tries_last": (
        "Only ONE try is left. If this PIN is wrong, the token is locked and only an administrator can unlock it.",
        "Осталась ОДНА попытка. Если ПИН неверен, токен заблокируется; снять блокировку сможет только администратор.",
    ),
    "tries_locked": (
        "The PIN is locked. Ask the administrator to unlock the token; nothing can be done here.",
        "ПИН-код заблокирован. Попросите администратора разблокировать токен: здесь ничего сделать нельзя.",
    ),
    "last_try": ("Spend the last try?", "Потратить последнюю попытку?"),
    "last_yes": ("Yes, I am sure of the PIN", "Да, я уверен в ПИН-коде"),
    "last_no": ("No", "Нет"),
    "ok": ("OK", "ОК"),
    "cancel": ("Cancel", "Отмена"),
    "window_title": ("Klyuchnik", "Ключник"),
    # the course of things
    "working": ("Updating “{device}”. Do not pull the token.", "Обновляем «{device}». Не вынимайте токен."),
    "task_over": ("“{device}”: {words}", "«{device}»: {words}"),
    "postponed": ("We shall ask again at {when}.", "Спросим снова в {when}."),
    "declined": ("Declined. You will be asked again later.", "Отказ записан. Позже мы спросим снова."),
    "bring_token": ("Plug in the token {serial}.", "Подключите токен {serial}."),
    "brought": ("It is plugged in", "Токен подключён"),
    "held_token": (
        "Plug in the token {serial}: the update goes on when it is back.",
        "Подключите токен {serial}: обновление продолжится.",
    ),
    "step_failed": ("“{device}”: {why}", "«{device}»: {why}"),
    "unanswered": (
        "A task waits for the token {serial}, but nobody can be asked here (prompt = none).",
        "Для токена {serial} есть задача, но спросить некого (prompt = none).",
    ),
    "module_trouble": ("The library {module} does not answer: {trouble}", "Библиотека {module} не отвечает: {trouble}"),
    "running": ("Connected to {url}. Ctrl-C ends the program.", "Подключено к {url}. Ctrl-C завершает программу."),
    "offline": (
        "The portal does not answer ({detail}); trying again in {pause} s.",
        "Портал не отвечает ({detail}); повтор через {pause} с.",
    ),
    "online": ("The portal answers again.", "Портал снова отвечает."),
    "stolen_list": (
        "Orders for a token came that are not to be obeyed ({refusal}); nothing was done.",
        "Пришли указания, которым нельзя следовать ({refusal}); ничего не сделано.",
    ),
    "stopped": ("Stopped.", "Остановлено."),
    "renewed": ("The certificate of this workstation was renewed.", "Сертификат этой рабочей станции обновлён."),
    # getting in
    "enrolled": ("This workstation is enrolled at {url}.", "Рабочая станция зарегистрирована на {url}."),
    "enrol_waits": (
        "The portal knows of this workstation; an administrator has to accept it. Leave `klyuchnik-agent run` running.",
        "Портал знает о рабочей станции, её должен принять администратор. Запустите и оставьте `klyuchnik-agent run`.",
    ),
    "enrol_denied": ("An administrator denied this workstation.", "Администратор отклонил эту рабочую станцию."),
    "enrol_revoked": (
        "This workstation was revoked: it may ask the portal no more. Ask an administrator for a new one-time code.",
        "Рабочая станция отозвана и больше не обращается к порталу. Попросите у администратора новый код.",
    ),
    "not_ours": (
        "This is NOT the portal the code was made for: check the address, ask an administrator. It was told nothing.",
        "Это НЕ тот портал, для которого сделан код: проверьте адрес, спросите администратора. Ему ничего не сообщено.",
    ),
    "no_promise": (
        "Give the one-time code (--code), or the fingerprint shown on the agents page (--fingerprint).",
        "Укажите одноразовый код (--code) или отпечаток со страницы «Агенты» (--fingerprint).",
    ),
    "bad_code": ("This is not a code or a fingerprint: {problem}.", "Это не код и не отпечаток: {problem}."),
    "not_enrolled": (
        "This workstation is not enrolled: klyuchnik-agent enroll ADDRESS --code CODE",
        "Рабочая станция не зарегистрирована: klyuchnik-agent enroll АДРЕС --code КОД",
    ),
    "already_enrolled": (
        "This workstation is enrolled at {url} already; --anew begins again.",
        "Рабочая станция уже зарегистрирована на {url}; --anew начинает заново.",
    ),
    "second_instance": ("The agent is running already.", "Агент уже запущен."),
    "unsafe_folder": (
        "Others can read {path}: chmod 700 {path}",
        "Папку {path} могут читать другие: chmod 700 {path}",
    ),
    "refused": ("The portal refused: {words}", "Портал отказал: {words}"),
    "unreachable": ("The portal does not answer: {detail}", "Портал не отвечает: {detail}"),
    "untrusted": (
        "The server is not the portal this workstation trusts: {detail}",
        "Сервер — не тот портал, которому доверяет рабочая станция: {detail}",
    ),
    # status
    "status_portal": ("Portal: {url}", "Портал: {url}"),
    "status_agent": ("Agent: {agent}", "Агент: {agent}"),
    "status_until": ("Certificate until: {when}", "Сертификат до: {when}"),
    "status_running": ("Running: {yes}", "Запущен: {yes}"),
    "status_contact": ("Last contact: {when}", "Последняя связь: {when}"),
    "status_tokens": ("Tokens: {tokens}", "Токены: {tokens}"),
    "status_tasks": ("Tasks: {tasks}", "Задачи: {tasks}"),
    "status_unreported": ("Results not reported yet: {count}", "Не отправлено результатов: {count}"),
    "status_troubles": ("Troubles: {troubles}", "Неполадки: {troubles}"),
    "yes": ("yes", "да"),
    "no": ("no", "нет"),
    "none": ("none", "нет"),
    "trouble": ("trouble: {code}", "неполадка: {code}"),
}

TROUBLES: Final[dict[Trouble, Pair]] = {
    Trouble.TOKEN_ABSENT: ("The token is not plugged in.", "Токен не подключён."),
    Trouble.TOKEN_REMOVED: ("The token was pulled.", "Токен вынули."),
    Trouble.WRONG_TOKEN: ("Another token is plugged in.", "Подключён другой токен."),
    Trouble.TOKEN_READ_ONLY: ("The token is read-only.", "Токен доступен только для чтения."),
    Trouble.TOKEN_FULL: ("The token has no room left.", "На токене нет места."),
    Trouble.TOKEN_ERROR: (
        "The token or its library failed. Pull the token and plug it in again.",
        "Сбой токена или его библиотеки. Выньте токен и подключите снова.",
    ),
    Trouble.TOKEN_HANGS: (
        "The token's library hangs and was stopped. Pull the token and plug it in again.",
        "Библиотека токена зависла и остановлена. Выньте токен и подключите снова.",
    ),
    Trouble.TOKEN_UNSUITABLE: ("The token cannot do this.", "Токен этого не умеет."),
    Trouble.MODULE_MISSING: ("The token's library cannot be loaded.", "Библиотека токена не загружается."),
    Trouble.CONTENTS_CHANGED: (
        "The token has changed since the plan was made; the portal makes a new one.",
        "Токен изменился с тех пор, как составлен план; портал составит новый.",
    ),
    Trouble.PIN_NEEDED: ("The PIN is needed.", "Нужен ПИН-код."),
    Trouble.PIN_INCORRECT: ("The token refused this PIN.", "Токен отверг этот ПИН-код."),
    Trouble.PIN_LAST_TRY: (
        "Only one try is left: software does not spend it.",
        "Осталась одна попытка: программа её не тратит.",
    ),
    Trouble.PIN_LOCKED: (
        "The PIN is locked: the token has to be unlocked by an administrator.",
        "ПИН-код заблокирован: токен должен разблокировать администратор.",
    ),
    Trouble.PIN_MALFORMED: (
        "The token does not take a PIN of this length or with these characters.",
        "Токен не принимает ПИН-код такой длины или с такими знаками.",
    ),
}

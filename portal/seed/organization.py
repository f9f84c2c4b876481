"""The enterprise of the demonstration: its units and groups."""

from typing import Final

ROOT: Final = "Ключ"
VPN: Final = "Удалённый доступ"
SIGNERS: Final = "Право подписи"
QUALIFIED: Final = "Квалифицированная подпись"

HEAD: Final = (ROOT, "Руководство")
AUTHORITY: Final = (ROOT, "Удостоверяющий центр")
REGISTRATION: Final = (*AUTHORITY, "Отдел регистрации")
OPERATION: Final = (*AUTHORITY, "Отдел эксплуатации")
SALES: Final = (ROOT, "Продажи")
REGIONS: Final = (*SALES, "Регионы")
ACCOUNTING: Final = (ROOT, "Бухгалтерия")
LEGAL: Final = (ROOT, "Юридический отдел")
STAFF: Final = (ROOT, "Кадры")
IT: Final = (ROOT, "Информационные технологии")
SECURITY: Final = (*IT, "Информационная безопасность")
KAZAN: Final = (ROOT, "Филиалы", "Казань")
#: Outside the enterprise: no policy reaches them.
CONTRACTORS: Final = ("Подрядчики",)

#: Where generated people work, and how many of a hundred.
SPREAD: Final = (
    (SALES, 22),
    (REGIONS, 18),
    (ACCOUNTING, 10),
    (LEGAL, 4),
    (STAFF, 4),
    (IT, 10),
    (SECURITY, 3),
    (OPERATION, 6),
    (REGISTRATION, 8),
    (KAZAN, 13),
    (HEAD, 1),
    (CONTRACTORS, 1),
)

"""The people of the demonstration, made by hand."""

from dataclasses import dataclass, field
from typing import Final

from portal.seed import organization as at
from portal.seed.names import FullName, attributes_of, login_of
from portal.services.people import PersonDraft


@dataclass(frozen=True, slots=True)
class Role:
    """One person: who, where, what he does, in which groups."""

    surname: str
    given: str
    middle: str
    unit: tuple[str, ...]
    title: str
    phone: str
    groups: tuple[str, ...] = field(default=())

    @property
    def name(self) -> FullName:
        return FullName(self.surname, self.given, self.middle)

    @property
    def login(self) -> str:
        return login_of(self.name)

    def draft(self, number: int) -> PersonDraft:
        """The person to take in, with every attribute filled."""
        attributes = attributes_of(self.name, self.login, title=self.title, container=self.unit)
        extra = {"phone": f"+7 495 120-{self.phone}", "employee_number": f"{1000 + number}", "office": self.phone[-2:]}
        return PersonDraft(self.unit, {**attributes, **extra}, self.groups)


SMIRNOVA: Final = Role("Смирнова", "Анна", "Викторовна", at.SALES, "Менеджер по продажам", "14-01", (at.VPN,))
KUZNETSOV: Final = Role(
    "Кузнецов", "Дмитрий", "Олегович", at.HEAD, "Генеральный директор", "10-01", (at.VPN, at.SIGNERS)
)
ORLOVA: Final = Role("Орлова", "Мария", "Сергеевна", at.ACCOUNTING, "Главный бухгалтер", "15-01", (at.SIGNERS,))
SOKOLOVA: Final = Role("Соколова", "Екатерина", "Павловна", at.STAFF, "Специалист по кадрам", "16-04")
ZHURAVLYOV: Final = Role("Журавлёв", "Пётр", "Алексеевич", at.REGISTRATION, "Оператор УЦ", "17-02", (at.SIGNERS,))
NIKITIN: Final = Role("Никитин", "Илья", "Денисович", at.ACCOUNTING, "Бухгалтер", "15-07")
FYODOROV: Final = Role("Фёдоров", "Семён", "Ильич", at.OPERATION, "Администратор УЦ", "17-05", (at.SIGNERS,))
YOLKINA: Final = Role("Ёлкина", "Алёна", "Юрьевна", at.LEGAL, "Юрисконсульт", "18-02")
SHCHERBAKOVA: Final = Role("Щербакова", "Ольга", "Николаевна", at.IT, "Ведущий инженер", "19-03")
GRISHIN: Final = Role("Гришин", "Артём", "Борисович", at.SECURITY, "Аналитик ИБ", "19-11")
LEE: Final = Role("Ли", "Виктор", "Андреевич", at.KAZAN, "Руководитель филиала", "20-01")
SALTYKOVA: Final = Role(
    "Салтыкова-Щедрина", "Дарья", "Кирилловна", at.REGIONS, "Региональный менеджер", "14-21", (at.VPN,)
)
KONOVALOV: Final = Role("Коновалов", "Глеб", "Романович", at.CONTRACTORS, "Консультант", "31-05")
MIRZOEV: Final = Role("Мирзоев", "Тимур", "Русланович", at.SALES, "Менеджер по продажам", "14-09")
BELOZYOROVA: Final = Role("Белозёрова", "Вера", "Андреевна", at.LEGAL, "Старший юрисконсульт", "18-05", (at.QUALIFIED,))
GROMOV: Final = Role(
    "Громов", "Павел", "Ильич", at.ACCOUNTING, "Заместитель главного бухгалтера", "15-03", (at.QUALIFIED,)
)
ZIMIN: Final = Role("Зимин", "Олег", "Петрович", at.STAFF, "Начальник отдела кадров", "16-01", (at.QUALIFIED,))
KOTOVA: Final = Role("Котова", "Нина", "Сергеевна", at.SALES, "Руководитель продаж", "14-02", (at.QUALIFIED,))

CAST: Final = (
    *(SMIRNOVA, KUZNETSOV, ORLOVA, SOKOLOVA, ZHURAVLYOV, NIKITIN, FYODOROV, YOLKINA, SHCHERBAKOVA, GRISHIN),
    *(LEE, SALTYKOVA, KONOVALOV, MIRZOEV, BELOZYOROVA, GROMOV, ZIMIN, KOTOVA),
)

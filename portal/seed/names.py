"""People as they are called in Russia: names that agree in gender, logins made from them."""

from dataclasses import dataclass
from random import Random
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SURNAMES: Final = _words("""
    Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов Волков Алексеев
    Лебедев Семёнов Егоров Павлов Козлов Степанов Николаев Орлов Андреев Макаров Никитин Захаров Зайцев Соловьёв
    Борисов Яковлев Григорьев Романов Воробьёв Сергеев Кузьмин Фролов Александров Дмитриев Королёв Гусев Киселёв
    Ильин Максимов Поляков Сорокин Виноградов Ковалёв Белов Медведев Антонов Тарасов Жуков Баранов Филиппов
    Комаров Давыдов Беляев Герасимов Богданов Осипов Сидоров Матвеев Титов Марков Миронов Крылов Куликов Карпов
    Власов Мельников Денисов Гаврилов Тихонов Казаков Афанасьев Данилов Савельев Тимофеев Фомин Чернов Абрамов
    Мартынов Ефимов Федотов Щербаков Назаров Калинин Исаев Чернышёв Быков Маслов Родионов Коновалов Лазарев
    Воронин Климов Филатов Пономарёв Голубев Кудрявцев Прохоров Наумов Потапов Журавлёв Овчинников Трофимов
    Леонов Соболев Ермаков Колесников Гончаров Емельянов Никифоров Грачёв Котов Гришин Ефремов Архипов Громов
    Кириллов Малышев Панов Моисеев Румянцев Акимов Кондратьев Бирюков Горбунов Анисимов Еремин Тихомиров Галкин
    Лукьянов Михеев Скворцов Юдин Белоусов Нестеров Симонов Прокофьев Харитонов Князев Цветков Левин Митрофанов
    Воронов Аксёнов Софронов Мальцев Логинов Горшков Савин Краснов Майоров Демидов Елисеев Рыбаков Сафонов
    Плотников Хохлов Фадеев Молчанов Игнатов Литвинов Ершов Ушаков Дементьев Рябов Мухин Калашников Леонтьев
    Лобанов Кузин Корнеев Евдокимов Бородин
""")
_MEN: Final = _words("""
    Александр Сергей Дмитрий Андрей Алексей Максим Евгений Иван Михаил Николай Павел Владимир Роман Артём Кирилл
    Илья Денис Игорь Антон Олег Константин Виктор Юрий Егор Никита Тимур Григорий Пётр Фёдор Семён Глеб Матвей
""")
_WOMEN: Final = _words("""
    Анна Мария Елена Ольга Наталья Екатерина Татьяна Ирина Светлана Юлия Анастасия Марина Людмила Галина Дарья
    Виктория Алёна Полина Ксения Вера Надежда Любовь Валентина Алина Софья Варвара Евгения Оксана Лариса Нина
""")
_FATHERS: Final = _words("""
    Александрович Сергеевич Дмитриевич Андреевич Алексеевич Максимович Евгеньевич Иванович Михайлович Николаевич
    Павлович Владимирович Романович Артёмович Кириллович Денисович Игоревич Антонович Олегович Константинович
    Викторович Юрьевич Егорович Григорьевич Петрович Фёдорович Семёнович Глебович Матвеевич Борисович
""")
_TITLES: Final = _words("""
    Специалист Инженер Менеджер Аналитик Бухгалтер Юрисконсульт Администратор Экономист Эксперт Консультант
""")
_LATIN: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya".replace("_", "").split(" "),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class FullName:
    """A name as it stands in a passport."""

    surname: str
    given: str
    middle: str

    @property
    def whole(self) -> str:
        return f"{self.surname} {self.given} {self.middle}"


def some_name(random: Random) -> FullName:
    """A name like many others."""
    surname, father = random.choice(_SURNAMES), random.choice(_FATHERS)
    if random.choice((True, False)):
        return FullName(surname, random.choice(_MEN), father)
    return FullName(surname + "а", random.choice(_WOMEN), father.removesuffix("ич") + "на")


def some_title(random: Random) -> str:
    """What somebody does."""
    rank, title = random.choice(("", "Ведущий ", "Главный ", "Старший ")), random.choice(_TITLES)
    return rank + title.lower() if rank else title


def login_of(name: FullName, number: int | None = None) -> str:
    """The login of a name: initials and surname in Latin letters, numbered where names repeat."""
    stem = f"{latin(name.given)[:1]}.{latin(name.surname)}"
    return stem if number is None else f"{stem}{number}"


def latin(text: str) -> str:
    """Cyrillic letters as they are written in passports, in small letters."""
    return "".join(_LATIN.get(letter, letter) for letter in text.casefold())


def attributes_of(name: FullName, login: str, *, title: str, container: tuple[str, ...]) -> dict[str, str]:
    """Everything recipes and rules may name."""
    return {
        "cn": name.whole,
        "surname": name.surname,
        "given_name": name.given,
        "middle_name": name.middle,
        "login": login,
        "email": f"{login}@klyuch.example",
        "upn": f"{login}@corp.klyuch.example",
        "title": title,
        "department": container[-1],
        "organization": "АО «Ключ»",
        "locality": "Москва",
        "country": "RU",
    }

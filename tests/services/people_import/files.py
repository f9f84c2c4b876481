"""The files of these tests, and how many of something there are."""

from sqlalchemy import func, select

from portal.db.transaction import Database

HEADER = "логин;фамилия;имя;должность;подразделение;группы;руководитель;активен"
FILE = f"""{HEADER}
a.lee;Орлова;;Инженер;Ключ/Склад;Новая;p.yolkin;да
p.yolkin;Ёлкин;Пётр;;Ключ/Продажи;Подпись, Новая;;нет
b.lee;Ли;Борис;;Ключ;;a.lee;
"""
#: The same for a directory without anybody in it.
NEW = FILE.replace("Орлова;;", "Орлова;Анна;")
BORIS = {"login": "B.Lee", "surname": "Ли", "given_name": "Борис"}


def count(database: Database, table: type) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

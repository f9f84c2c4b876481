"""Files of people: every encoding and separator people send, and nothing a file can hold breaks the reader."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.people_columns import checked, guess, targets
from portal.domain.people_table import FORMULA, MOST_ROWS, BadTable, harmless, plain, read_table

ROWS = [["Логин", "Фамилия"], ["a.lee", "Ли"], ["p.yolkin", "Ёлкин; младший"]]


def written(rows: list[list[str]], separator: str) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=separator).writerows(rows)
    return buffer.getvalue()


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_what_people_send_is_read(encoding: str, separator: str) -> None:
    table = read_table(written(ROWS, separator).encode(encoding))
    assert (table.encoding, table.separator) == (encoding, separator)
    assert table.header == ("Логин", "Фамилия")
    assert [(row.line, list(row.cells)) for row in table.rows] == [(2, ROWS[1]), (3, ROWS[2])]


@pytest.mark.parametrize(
    ("raw", "code", "line"),
    [
        (b"", "empty_file", 0),
        (b"\r\n;;\r\n", "empty_file", 0),
        (b"login;name\r\n", "empty_file", 0),
        (b"login\r\na\r\n", "no_columns", 0),
        (b'login;name\r\n"a;b\r\n', "bad_quotes", 2),
        (b'login;name\r\na;b\r\n"x"y;z\r\n', "bad_quotes", 3),
        (b"PK\x03\x04\x00\x00\xff", "not_text", 0),
        (b"\xef\xbb\xbf\xff", "not_text", 0),
        ((";".join("c" * 61) + "\n1").encode(), "no_columns", 0),
        (b"a;b\n" + b"1;2\n" * (MOST_ROWS + 1), "too_many_rows", MOST_ROWS + 2),
    ],
)
def test_what_is_no_table_says_why(raw: bytes, code: str, line: int) -> None:
    with pytest.raises(BadTable) as refused:
        read_table(raw)
    assert (refused.value.fields, refused.value.line) == ({"file": code}, line)


def test_lines_are_counted_through_cells_that_hold_several() -> None:
    table = read_table(b'login;note\n"a";"one\ntwo"\n\nb;x\n')
    assert [row.line for row in table.rows] == [2, 5]


@given(st.binary(max_size=400))
def test_no_file_breaks_the_reader(raw: bytes) -> None:
    try:
        table = read_table(raw)
    except BadTable:
        return
    assert table.rows


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=30))
def test_a_value_survives_its_way_out_and_in(value: str) -> None:
    told = harmless(value)
    assert not told.startswith(FORMULA)
    if not value.startswith("'"):
        assert plain(told) == value


def test_columns_are_recognised_in_both_languages() -> None:
    russian = ("Фамилия", "Имя", "Отчество", "Логин", "Эл. почта", "Подразделение", "Табельный номер", "Что-то")
    wanted = ("surname", "given_name", "middle_name", "login", "email", "unit", "employee_number", "")
    assert guess(russian) == wanted
    assert guess(("LastName", "FirstName", "sAMAccountName", "Mail", "Container")) == (
        *("surname", "given_name", "login", "email", "unit"),
    )
    assert guess(("Login", "login", "shoe size"), ["shoe_size"]) == ("login", "", "shoe_size")


@given(
    st.lists(st.text(max_size=12), max_size=8), st.lists(st.sampled_from(["login", "unit", "no such", ""]), max_size=9)
)
def test_any_choice_of_columns_fits_the_header(header: list[str], chosen: list[str]) -> None:
    assert len(guess(header)) == len(header)
    mapping = checked(chosen, header, ())
    assert len(mapping) == len(header)
    assert set(mapping) <= {*targets(), ""}

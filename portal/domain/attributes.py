"""The attributes of a person that recipes and rules may name."""

from typing import Final

#: In the order people are shown them; a directory may hold others, which nothing here relies on.
KNOWN_ATTRIBUTES: Final = (
    *("cn", "surname", "given_name", "middle_name", "login", "email", "upn", "phone"),
    *("title", "department", "organization", "locality", "region", "country", "street"),
    *("employee_number", "office", "snils", "inn"),
)

"""Names of entries that hold what is no letter."""

from portal.connectors.directory.ldap import names


def test_odd_letters_are_left_out() -> None:
    assert names.place(r"cn=anna,ou=sa\00les,ou= hq\0a,dc=x", "dc=x") == ("hq", "sa les")
    assert names.own(r"ou=sa\00les,dc=x") == "sa les"
    assert names.own(r"ou=\00,dc=x") == ""
    assert names.own(f"ou={'a' * 300},dc=x") == "a" * 200

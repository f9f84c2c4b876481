"""What servers of directories call things: the attributes and filters that hold unless others are given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_COMMON: Final = {
    "surname": "sn",
    "given_name": "givenName",
    "email": "mail",
    "phone": "telephoneNumber",
    "title": "title",
    "locality": "l",
    "region": "st",
    "street": "street",
}
_LINUX: Final = {**_COMMON, "login": "uid", "cn": "cn", "department": "departmentNumber", "organization": "o"}


@dataclass(frozen=True, slots=True)
class LdapSchema:
    """``key`` never changes and is never given to another entry; ``binary_key`` is 16 bytes, else a text.

    ``primary`` tells of a person which group he is in without being its member, by the last part of its ``sid``.
    """

    key: str
    binary_key: bool
    attributes: Mapping[str, str]
    people_filter: str
    groups_filter: str
    member: str
    changed: str
    primary: str = ""
    sid: str = ""


_AD: Final = LdapSchema(
    key="objectGUID",
    binary_key=True,
    attributes={
        **_COMMON,
        "login": "sAMAccountName",
        "cn": "displayName",
        "middle_name": "middleName",
        "upn": "userPrincipalName",
        "department": "department",
        "organization": "company",
        "country": "c",
        "street": "streetAddress",
        "employee_number": "employeeID",
        "office": "physicalDeliveryOfficeName",
    },
    people_filter="(&(objectCategory=person)(objectClass=user)(!(isCriticalSystemObject=TRUE)))",
    # groups of the system itself hold the servers together, not people
    groups_filter="(&(objectClass=group)(!(isCriticalSystemObject=TRUE)))",
    member="member",
    changed="uSNChanged",
    primary="primaryGroupID",
    sid="objectSid",
)
_OPENLDAP: Final = LdapSchema(
    key="entryUUID",
    binary_key=False,
    attributes={**_LINUX, "employee_number": "employeeNumber", "office": "roomNumber"},
    people_filter="(objectClass=inetOrgPerson)",
    groups_filter="(objectClass=groupOfNames)",
    member="member",
    changed="modifyTimestamp",
)
_FREEIPA: Final = LdapSchema(
    key="ipaUniqueID",
    binary_key=False,
    attributes={**_LINUX, "employee_number": "employeeNumber", "upn": "krbPrincipalName"},
    people_filter="(objectClass=posixAccount)",
    groups_filter="(objectClass=groupOfNames)",
    member="member",
    changed="modifyTimestamp",
)

SCHEMAS: Final[Mapping[str, LdapSchema]] = {"ad": _AD, "openldap": _OPENLDAP, "freeipa": _FREEIPA}

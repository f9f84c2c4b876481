"""What the fields of a directory are called."""

from typing import Final

from portal.domain.connectors.ldap import Changes, Leaving
from portal.web.translate import lazy_gettext as _l
from portal.web.words.connector_field import FieldWords

_LEAVING: Final = {
    Leaving.NOTHING.value: _l("nothing happens to them"),
    Leaving.SUSPEND.value: _l("they are disabled"),
    Leaving.REVOKE.value: _l("they are revoked"),
}
_SCHEMAS: Final = {
    "ad": _l("Active Directory, Samba"),
    "openldap": _l("OpenLDAP and its likes"),
    "freeipa": _l("FreeIPA, ALD Pro"),
}
_CHANGES: Final = {
    Changes.AUTO.value: _l("the best it can"),
    Changes.DIRSYNC.value: _l("DirSync: Active Directory tells changes and deletions"),
    Changes.USN.value: _l("uSNChanged: Active Directory counts changes"),
    Changes.SYNCREPL.value: _l("syncrepl: OpenLDAP and FreeIPA tell changes"),
    Changes.MODIFIED.value: _l("modifyTimestamp: every entry tells when it changed"),
    Changes.NONE.value: _l("everything is read each time"),
}

LDAP: Final = {
    "address": FieldWords(
        _l("Address"), _l("ldaps://server, or ldap://server, which is secured before anything is said.")
    ),
    "trusted": FieldWords(
        _l("Certificates that vouch for the server"), _l("In PEM; a server that shows others is refused.")
    ),
    "bind_dn": FieldWords(_l("Signs in as"), _l("The whole name of an account that may read people and groups.")),
    "password": FieldWords(_l("Password"), _l("Of that account; kept sealed.")),
    "schema": FieldWords(_l("Kind of server"), _l("Decides what attributes and filters are called."), _SCHEMAS),
    "base_dn": FieldWords(_l("Base"), _l("People and units below it are read.")),
    "people_filter": FieldWords(_l("Filter of people"), _l("Empty: that of the kind of server.")),
    "groups_base_dn": FieldWords(_l("Base of groups"), _l("Empty: that of people.")),
    "groups_filter": FieldWords(_l("Filter of groups"), _l("Empty: that of the kind of server.")),
    "nested": FieldWords(
        _l("Groups within groups"),
        _l("Whoever is in a group of a group is in it, too; then the members of all groups are read each time."),
    ),
    "attributes": FieldWords(_l("Attributes"), _l("A line each: ours = theirs. Empty: those of the kind of server.")),
    "unit": FieldWords(_l("Unit here"), _l("Below it everything is put; levels apart by a slash.")),
    "changes": FieldWords(_l("How changes are learnt"), _l("Reading everything finds who is gone as well."), _CHANGES),
    "every_minutes": FieldWords(_l("Read every … minutes"), _l("From 5 minutes to a week.")),
    "when_disabled": FieldWords(
        _l("Devices of who is disabled there"), _l("What happens to them after the next reading."), _LEAVING
    ),
    "when_gone": FieldWords(
        _l("Devices of who is gone there"), _l("What happens to them after the next reading."), _LEAVING
    ),
    "most_leaving": FieldWords(
        _l("At most … per cent may leave at once"), _l("Beyond it nothing is taken over until a person confirms.")
    ),
    "adopt": FieldWords(
        _l("Take over people who are here already"), _l("By their login; else such people are reported and left.")
    ),
    "sign_in": FieldWords(
        _l("People sign in with their password there"), _l("It is checked over there and kept nowhere.")
    ),
    "roles": FieldWords(_l("Roles by group"), _l("A line each: name of the group = key of the role.")),
    "timeout": FieldWords(_l("Wait … seconds for an answer"), _l("From 5 to 300.")),
}

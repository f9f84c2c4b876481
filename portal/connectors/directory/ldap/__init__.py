"""A directory that speaks LDAP: Active Directory and its likes, OpenLDAP, FreeIPA."""

from portal.connectors.directory.ldap.checking import checked
from portal.connectors.directory.ldap.opening import opened

__all__ = ["checked", "opened"]

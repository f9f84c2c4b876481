"""Settings of counterparts outside: what fits together, and what is told of a field where it does not."""

from datetime import timedelta

import pytest

from portal.domain.connectors.est import EST_FIELDS, est_settings
from portal.domain.connectors.ldap import LDAP_FIELDS, ldap_settings
from portal.domain.directory_sync import SyncState
from portal.domain.errors import InvalidInput

PEM = "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----"
KEY = PEM.replace("CERTIFICATE", "PRIVATE KEY")
EST = {one.name: one.default for one in EST_FIELDS} | {
    "address": "https://ca.example/",
    "profiles": "vpn; authenticate; 365",
    "trusted": PEM,
    "server_trusted": PEM,
}
NAMED = {"user": "portal", "password": "secret"}
LDAP = {one.name: one.default for one in LDAP_FIELDS} | {
    "address": "ldaps://dc.example",
    "trusted": PEM,
    "bind_dn": "cn=portal",
    "password": "secret",
    "schema": "ad",
    "base_dn": "dc=example",
    "unit": "Завод",
}


def faults_of_est(**typed: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        est_settings(EST | typed)
    return dict(refused.value.fields)


def faults_of_ldap(**typed: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        ldap_settings(LDAP | typed)
    return dict(refused.value.fields)


def test_an_est_server_is_shown_a_password_a_certificate_or_both() -> None:
    named = est_settings(EST | NAMED)
    assert (named.address, named.user, named.poll > timedelta()) == ("https://ca.example", "portal", True)
    assert est_settings(EST | {"certificate": PEM, "key": KEY}).user == ""
    assert faults_of_est() == {"user": "required"}
    assert faults_of_est(user="portal") == {"password": "required"}
    assert faults_of_est(**NAMED, key=KEY) == {"certificate": "required"}


def test_a_directory_says_which_field_is_wrong() -> None:
    assert ldap_settings(LDAP).unit == ("Завод",)
    assert faults_of_ldap(people_filter="(cn=*") == {"people_filter": "bad_filter"}
    assert faults_of_ldap(attributes="what is this = cn") == {"attributes": "bad_pairs"}
    assert faults_of_ldap(attributes="login =") == {"attributes": "attributes_missing"}
    assert faults_of_ldap(roles="Операторы") == {"roles": "bad_pairs"}
    assert faults_of_ldap(unit="/") == {"unit": "required"}


@pytest.mark.parametrize("state", list(SyncState))
def test_a_synchronization_that_waits_or_works_is_not_over(state: SyncState) -> None:
    assert state.over is (state not in {SyncState.QUEUED, SyncState.RUNNING})

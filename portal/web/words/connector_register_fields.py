"""What the fields of registers of devices are called."""

from typing import Final

from portal.web.translate import lazy_gettext as _l
from portal.web.words.connector_field import FieldWords

_SERVER_TRUSTED: Final = FieldWords(
    _l("Certificates that vouch for the server"), _l("In PEM; without them the authorities this machine trusts.")
)

CONTRACT: Final = {
    "address": FieldWords(_l("Address"), _l("Of the register, up to the part before “/v1/”.")),
    "client": FieldWords(_l("Client"), _l("What the portal is called over there, if it signs its calls.")),
    "secret": FieldWords(_l("Shared secret"), _l("Calls are signed with it (HMAC-SHA256); kept sealed.")),
    "certificate": FieldWords(
        _l("Certificate to sign in with"), _l("In PEM, with its chain, if the register asks for one (mutual TLS).")
    ),
    "key": FieldWords(_l("Private key of that certificate"), _l("In PEM, without a passphrase; kept sealed.")),
    "server_trusted": _SERVER_TRUSTED,
}

SECRET_NET: Final = CONTRACT | {
    "address": FieldWords(_l("Address"), _l("Of the worker beside the security server, up to the part before “/v1/”.")),
    "domain": FieldWords(_l("Windows domain"), _l("Stands before the login of a person: DOMAIN\\login.")),
}

INDEED: Final = {
    "address": FieldWords(_l("Address"), _l("Of the server with its path: https://server/am/core.")),
    "account": FieldWords(_l("Account"), _l("One that may manage the ways people sign in over there.")),
    "password": FieldWords(_l("Password"), _l("Of that account; kept sealed.")),
    "user_prefix": FieldWords(
        _l("Prefix of user ids"),
        _l("The string id of the directory in the server's settings; “_” and objectGUID follow."),
    ),
    "mode_id": FieldWords(
        _l("Method “smart card or USB key + PIN”"), _l("Its GUID, as the server's list of methods shows it.")
    ),
    "server_trusted": _SERVER_TRUSTED,
    "token_header": FieldWords(_l("Header of the session"), _l("What bears the token that a session is opened with.")),
    "path_open_session": FieldWords(
        _l("Path: open a session"),
        _l("Below the address. Versions differ: compare every path with Swagger of your server."),
    ),
    "path_find_user": FieldWords(_l("Path: find a user by login"), _l("For people no directory has brought.")),
    "path_look": FieldWords(_l("Path: look for a device"), _l("By its serial number.")),
    "path_register": FieldWords(_l("Path: register a device"), _l("As the way a user signs in.")),
    "path_disable": FieldWords(_l("Path: switch a device off"), _l("When it is disabled here.")),
    "path_enable": FieldWords(_l("Path: switch a device on"), _l("When it is enabled again.")),
    "path_delete": FieldWords(_l("Path: delete a device"), _l("When it is withdrawn or revoked.")),
    "path_update": FieldWords(
        _l("Path: change a device, if your server can"),
        _l("For another list of certificates; left empty, the device is deleted and registered anew in one go."),
    ),
}

"""Looks what stands in the way of a connection: the library tells a closed port and a wrong certificate alike."""

import socket
import ssl
from urllib.parse import urlsplit

from portal.ports.directory import DirectoryTrouble

_PORTS = {"ldaps": 636, "ldap": 389}
CONNECT_SECONDS = 5.0


def place_of(address: str) -> tuple[str, int]:
    """Where the server listens."""
    parts = urlsplit(address)
    return parts.hostname or "", parts.port or _PORTS[parts.scheme]


def reason(address: str, trusted: str) -> tuple[DirectoryTrouble, str]:
    """Why no connection could be made, as far as can be seen now."""
    try:
        with socket.create_connection(place_of(address), CONNECT_SECONDS) as plain:
            if address.startswith("ldaps:"):
                shake_hands(plain, address, trusted)
    except ssl.SSLCertVerificationError as error:
        return DirectoryTrouble.UNTRUSTED, error.verify_message
    except ssl.SSLError as error:
        return DirectoryTrouble.RUBBISH, error.reason or "TLS"
    except TimeoutError:
        return DirectoryTrouble.SLOW, "connect"
    except OSError as error:
        return DirectoryTrouble.AWAY, error.strerror or type(error).__name__
    return DirectoryTrouble.RUBBISH, "the connection was cut"


def shake_hands(plain: socket.socket, address: str, trusted: str) -> None:
    """Have the server show its certificate; raises ssl.SSLError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cadata=trusted)
    with context.wrap_socket(plain, server_hostname=place_of(address)[0]):
        pass

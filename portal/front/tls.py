"""TLS as the bundled front speaks it: 1.2 or newer, clients by certificates of the agent authority or none."""

import os
import ssl

from portal.connectors.agents.front_key import FrontCertificate


def context(certificate: FrontCertificate) -> ssl.SSLContext:
    """What a listening socket needs."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.verify_mode = ssl.CERT_OPTIONAL  # who asks to be let in has none yet
    made.load_verify_locations(cadata=certificate.authority.trust().authority)
    load(made, certificate)
    return made


def load(made: ssl.SSLContext, certificate: FrontCertificate) -> None:
    """Show the certificate that is current from now on; its key never lies in a file unsealed."""
    handle = os.memfd_create("front", os.MFD_CLOEXEC)
    try:
        os.write(handle, certificate.current())
        made.load_cert_chain(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)

"""A process of its own that orders one certificate, when told to.

ask_authority.py URL FOLDER KEYFILE ORDER_ID
"""

import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

sys.path.insert(0, str(Path(__file__).parents[3]))

from portal.connectors.ca.builtin.setup import open_authority
from portal.domain.outcomes import Done
from tests.support.pki import CA_NAME, a_place, an_order


def main() -> int:
    url, folder, key_file, order_id = sys.argv[1:]
    key = load_pem_private_key(Path(key_file).read_bytes(), None)
    authority = open_authority(a_place(url, Path(folder)), CA_NAME)
    if authority is None or not isinstance(key, ec.EllipticCurvePrivateKey):
        return 2
    order = an_order(order_id, key)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    outcome = authority.request(order)
    sys.stdout.write(f"{outcome.reply.certificate.hex() if isinstance(outcome, Done) else outcome}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

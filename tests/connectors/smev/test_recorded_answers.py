"""Answers recorded from the real test stand of 2021: their digests and signatures are the judges of our reading."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from portal.connectors.smev.safe_xml import Element, parse
from portal.connectors.smev.signature import DS, demand_target, digest_holds, parts_of, state_of, value_holds
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.connectors.smev.transform import transformed
from portal.ports.exchange import SignatureState
from tests.support.gost import independent_digest, independently_verified

TYPES = "urn://x-artefacts-smev-gov-ru/services/message-exchange/types/1.2"
THEN = datetime(2021, 3, 23, tzinfo=UTC)
PLACES = [
    ("SendRequestResponce.xml", "SMEVSignature", "MessageMetadata"),
    ("GetResponseResponce_InvalidContent.xml", "SMEVSignature", "Response"),
    ("GetResponseResponce_InvalidContent.xml", "SenderInformationSystemSignature", "SenderProvidedResponseData"),
]
DIGESTS = {
    ("SendRequestResponce.xml", "MessageMetadata"): "f4DoL3jU/jXkk8hjAgbvDQD7dHsTrp9c2YcTulP0cNM=",
    (PLACES[1][0], "Response"): "ha9NwD8zlVvyXmGdzCsAMxUldyDlelErRwBwAaIuLn4=",
    (PLACES[2][0], "SenderProvidedResponseData"): "mp3H1N3wIuovt90eor7K4r6PuqxICye4EObEZOtyzQw=",
}


def recorded(official: Path, name: str, holder: str, target: str) -> tuple[Element, Element]:
    root = parse((official / "recorded" / name).read_bytes())
    # who recorded them also indented them: the signed octets had no blanks
    for info in root.iter(f"{{{DS}}}SignedInfo"):
        for node in info.iter():
            node.text = (node.text or "").strip() or None
            node.tail = None if node is not info else node.tail
    return _one(root, holder), _one(root, target)


def _one(root: Element, local: str) -> Element:
    (found,) = root.iter(f"{{{TYPES}}}{local}")
    return found


@pytest.mark.parametrize(("name", "holder", "target"), PLACES)
def test_the_digest_is_reproduced_and_the_signature_verified(
    official: Path, signer: SidecarSigner, name: str, holder: str, target: str
) -> None:
    signature, element = recorded(official, name, holder, target)
    parts = parts_of(signature)
    demand_target(parts, element)
    assert base64.b64encode(parts.digest).decode() == DIGESTS[name, target]
    assert independent_digest(transformed(element)) == parts.digest
    assert digest_holds(parts, element, signer)
    assert value_holds(parts, signer)
    assert independently_verified(parts.signed_info, parts.value, parts.certificate)
    # nobody here vouches for the stand of 2021
    assert state_of(signature, element, signer, THEN) is SignatureState.UNTRUSTED


@pytest.mark.parametrize(("name", "holder", "target"), PLACES)
def test_every_changed_text_is_noticed(
    official: Path, signer: SidecarSigner, name: str, holder: str, target: str
) -> None:
    signature, element = recorded(official, name, holder, target)
    leaves = [node for node in element.iter(etree.Element) if (node.text or "").strip() and "dsig" not in str(node.tag)]
    assert leaves
    for leaf in leaves:
        before = leaf.text or ""
        leaf.text = before[:-1] + chr(ord(before[-1]) ^ 1)
        assert state_of(signature, element, signer, THEN) is SignatureState.CHANGED, leaf.tag
        leaf.text = before
    assert digest_holds(parts_of(signature), element, signer)


def test_a_replaced_payload_fails_by_its_digest_while_its_signed_info_still_verifies(
    official: Path, signer: SidecarSigner
) -> None:
    signature, element = recorded(official, *PLACES[1])
    (status,) = element.iter(f"{{{TYPES}}}AsyncProcessingStatus")
    status.clear()
    status.tag = f"{{{TYPES}}}RequestStatus"
    assert not digest_holds(parts_of(signature), element, signer)
    assert value_holds(parts_of(signature), signer)
    assert state_of(signature, element, signer, THEN) is SignatureState.CHANGED


def test_a_signature_of_the_sender_is_none_of_smev(official: Path, signer: SidecarSigner) -> None:
    senders, _ = recorded(official, *PLACES[2])
    _, response = recorded(official, *PLACES[1])
    assert state_of(senders, response, signer, THEN) is SignatureState.MISPLACED

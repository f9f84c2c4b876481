"""Whatever is done to a signed answer, what is believed is what was signed, and only the known errors are raised."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from portal.connectors.smev.answers import Reading, payload_of, read_answer
from portal.connectors.smev.faults import Faulted
from portal.connectors.smev.multipart import root_part
from portal.connectors.smev.safe_xml import BadXml, Element, parse
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.connectors.smev.versions import VERSIONS
from portal.ports.exchange import Received
from tests.connectors.smev import said
from tests.support.gost import soon

FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
INSIDES = st.sampled_from(
    [
        said.content(),
        said.rejected("NO_DATA", "FAILURE"),
        said.status("requestIsRejectedBySmev", said.smev_fault("InvalidContent")),
    ]
)
_MADE: dict[str, bytes] = {}


def true_answer(inside: str, smev: SidecarSigner) -> bytes:
    if inside not in _MADE:
        _MADE[inside] = said.signed_answer("1.3", inside, smev=smev, sender=smev)
    return _MADE[inside]


def read(octets: bytes, verifier: SidecarSigner, content_type: str = "text/xml") -> Received | None:
    try:
        payload = payload_of(parse(root_part(octets, content_type)), octets)
        return None if payload is None else read_answer(payload, octets, Reading(VERSIONS["1.3"], verifier, soon()))
    except (BadXml, Faulted):
        return None


def meaning(received: Received) -> tuple[object, ...]:
    return (
        *(received.message_id, received.original_id, received.content, received.rejects),
        *(received.progress, received.status, received.sender, received.sent_at),
    )


def believed_is_true(octets: bytes, original: bytes, verifier: SidecarSigner) -> None:
    true, received = read(original, verifier), read(octets, verifier)
    assert true is not None
    assert true.trustworthy
    if received is not None and received.trustworthy:
        assert meaning(received) == meaning(true)


@FEW
@given(INSIDES, st.data())
def test_damaged_octets(signer: SidecarSigner, smev_signer: SidecarSigner, inside: str, draw: st.DataObject) -> None:
    original = true_answer(inside, smev_signer)
    octets = bytearray(original)
    for _ in range(draw.draw(st.integers(1, 3))):
        place = draw.draw(st.integers(0, len(octets) - 1))
        length = draw.draw(st.integers(0, 8))
        octets[place : place + length] = draw.draw(st.binary(max_size=8))
    believed_is_true(bytes(octets), original, signer)


@FEW
@given(INSIDES, st.data())
def test_moved_doubled_renamed_and_wrapped_elements(
    signer: SidecarSigner, smev_signer: SidecarSigner, inside: str, draw: st.DataObject
) -> None:
    original = true_answer(inside, smev_signer)
    root = parse(original)
    for _ in range(draw.draw(st.integers(1, 4))):
        nodes = [node for node in root.iter(etree.Element) if node is not root]
        if not nodes:
            break  # everything was dropped
        one, other = draw.draw(st.sampled_from(nodes)), draw.draw(st.sampled_from(nodes))
        _change(
            draw.draw(st.sampled_from(("move", "double", "rename", "text", "name", "wrap", "drop", "tail"))), one, other
        )
    believed_is_true(etree.tostring(root, encoding="utf-8"), original, signer)


def _change(how: str, one: Element, other: Element) -> None:
    parent = one.getparent()
    assert parent is not None
    inside_itself = one is other or one in other.iterancestors()
    match how:
        case "move" if not inside_itself:
            other.append(one)
        case "double" if not inside_itself:
            other.append(parse(etree.tostring(one, with_tail=False)))
        case "rename":
            one.tag = other.tag
        case "text":
            one.text = other.text
        case "name":
            one.set("Id", other.get("Id", "RESPONSE"))
        case "wrap":
            wrapper = etree.Element(one.tag)
            for name, value in one.items():
                wrapper.set(name, value)
            parent.replace(one, wrapper)
            wrapper.append(one)
        case "drop":
            parent.remove(one)
        case "tail":
            one.tail = other.text


@FEW
@given(
    st.binary(max_size=300), st.sampled_from(["text/xml", "multipart/related; boundary=B", "multipart/related; start="])
)
def test_any_octets(signer: SidecarSigner, octets: bytes, content_type: str) -> None:
    assert read(octets, signer, content_type) is None


@FEW
@given(st.text(max_size=60), st.binary(max_size=100))
def test_any_content_type(signer: SidecarSigner, content_type: str, octets: bytes) -> None:
    read(b"--B\r\n\r\n" + octets + b"\r\n--B--", signer, f"multipart/related; boundary=B{content_type}")
    read(octets, signer, content_type)

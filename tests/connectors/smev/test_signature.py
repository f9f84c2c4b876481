"""Signatures made and checked: by us, by the openssl command, by other people's library; and what is refused."""

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from portal.connectors.smev.canonical import canonical
from portal.connectors.smev.safe_xml import Element, child, parse
from portal.connectors.smev.signature import DS, parts_of, signature_over, signed_info, state_of
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.connectors.smev.transform import transformed
from portal.ports.exchange import SignatureState
from portal.ports.signer import Strength
from tests.support.gost import GostPeople, der, independent_digest, independently_verified, sign_service, soon

#: later than the moment the certificates begin
MESSAGE = (
    '<m xmlns="urn:m"><data Id="BODY"><q:lastName xmlns:q="urn:q" b="1" a="2">Щербаков-Ёлкин</q:lastName></data>'
    "<sig/></m>"
)


def signed(signer: SidecarSigner, text: str = MESSAGE) -> Element:
    root = parse(text.encode())
    holder(root).append(signature_over(data(root), signer))
    # as it comes over the wire
    return parse(etree.tostring(root))


def data(root: Element) -> Element:
    found = child(root, "data")
    assert found is not None
    return found


def holder(root: Element) -> Element:
    found = child(root, "sig")
    assert found is not None
    return found


def state(root: Element, verifier: SidecarSigner) -> SignatureState:
    return state_of(holder(root), data(root), verifier, soon())


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False, timeout=180)


def test_what_we_sign_we_accept(signer: SidecarSigner, people: GostPeople) -> None:
    root = signed(signer)
    assert state(root, signer) is SignatureState.VALID
    assert parts_of(holder(root)).certificate == der(people.portal)


def test_what_we_sign_openssl_verifies(signer: SidecarSigner, people: GostPeople, tmp_path: Path) -> None:
    root = signed(signer)
    parts = parts_of(holder(root))
    (tmp_path / "info").write_bytes(canonical(next(root.iter(f"{{{DS}}}SignedInfo"))))
    (tmp_path / "value").write_bytes(parts.value)
    key = openssl("x509", "-engine", "gost", "-in", people.portal.certificate, "-pubkey", "-noout")
    (tmp_path / "key").write_bytes(key.stdout)
    verify = (
        "dgst",
        "-engine",
        "gost",
        "-md_gost12_256",
        "-verify",
        tmp_path / "key",
        "-signature",
        tmp_path / "value",
    )
    assert b"Verified OK" in openssl(*verify, tmp_path / "info").stdout
    (tmp_path / "body").write_bytes(transformed(data(root)))
    digest = openssl("dgst", "-engine", "gost", "-md_gost12_256", "-binary", tmp_path / "body").stdout
    assert digest == parts.digest
    assert independently_verified(parts.signed_info, parts.value, parts.certificate)
    assert independent_digest(transformed(data(root))) == parts.digest


def test_what_openssl_signs_we_verify(signer: SidecarSigner, people: GostPeople, tmp_path: Path) -> None:
    root = parse(MESSAGE.encode())
    (tmp_path / "body").write_bytes(transformed(data(root)))
    digest = openssl("dgst", "-engine", "gost", "-md_gost12_256", "-binary", tmp_path / "body").stdout
    (tmp_path / "info").write_bytes(signed_info("BODY", digest, Strength.GOST_256))
    sign = ("dgst", "-engine", "gost", "-md_gost12_256", "-sign", people.smev.key)
    value = base64.b64encode(openssl(*sign, tmp_path / "info").stdout).decode()
    certificate = base64.encodebytes(der(people.smev)).decode()
    signature = (
        f'<s:Signature xmlns:s="{DS}">{(tmp_path / "info").read_text()}<s:SignatureValue>\n{value}\n</s:SignatureValue>'
        f"<s:KeyInfo><s:X509Data><s:X509Certificate>{certificate}</s:X509Certificate></s:X509Data></s:KeyInfo></s:Signature>"
    )
    root = parse(MESSAGE.replace("<sig/>", f"<sig>{signature}</sig>").encode())
    assert state(root, signer) is SignatureState.VALID


def test_the_strong_key_signs_with_its_own_algorithms(signer: SidecarSigner, people: GostPeople) -> None:
    with sign_service(people.folder / "g", people.strong) as strong:
        root = signed(strong)
    parts = parts_of(holder(root))
    assert (parts.strength, len(parts.digest), len(parts.value)) == (Strength.GOST_512, 64, 128)
    assert state(root, signer) is SignatureState.VALID


def test_what_is_signed_is_canonical(signer: SidecarSigner) -> None:
    octets = signed_info("A", b"x" * 32, Strength.GOST_256)
    assert canonical(parse(octets)) == octets


@pytest.mark.parametrize(
    ("who", "expected"), [("expired", SignatureState.EXPIRED), ("stranger", SignatureState.UNTRUSTED)]
)
def test_a_true_signature_of_one_we_do_not_trust(
    signer: SidecarSigner, people: GostPeople, who: str, expected: SignatureState
) -> None:
    with sign_service(people.folder / "d", getattr(people, who)) as other:
        root = signed(other)
    assert state(root, signer) is expected


def test_where_nobody_is_configured_to_be_trusted_nobody_is(signer: SidecarSigner, smev_signer: SidecarSigner) -> None:
    assert state(signed(signer), smev_signer) is SignatureState.UNTRUSTED


def _swap_value(root: Element) -> None:
    (value,) = root.iter(f"{{{DS}}}SignatureValue")
    octets = bytearray(base64.b64decode(value.text or ""))
    octets[5] ^= 1
    value.text = base64.b64encode(octets).decode()


def _rename(root: Element) -> None:
    data(root).set("Id", "OTHER")


def _second_bearer(root: Element) -> None:
    etree.SubElement(root, "{urn:m}extra", Id="BODY")


def _wrapped(root: Element) -> None:
    """The signed element moves aside under its own name; another one takes its place."""
    true = data(root)
    false = etree.fromstring('<data xmlns="urn:m" Id="EVIL"><forged/></data>')
    root.replace(true, false)
    etree.SubElement(root, "{urn:m}aside").append(true)


def _wrapped_under_the_same_name(root: Element) -> None:
    true = data(root)
    false = etree.fromstring('<data xmlns="urn:m" Id="BODY"><forged/></data>')
    root.replace(true, false)
    etree.SubElement(root, "{urn:m}aside").append(true)


def _nameless(root: Element) -> None:
    del data(root).attrib["Id"]


def _text(root: Element) -> None:
    data(root)[0].text = "Щербаков-Елкин"


def _attribute(root: Element) -> None:
    data(root)[0].set("a", "3")


def _added(root: Element) -> None:
    etree.SubElement(data(root), "{urn:q}more")


def _no_namespace(root: Element) -> None:
    etree.SubElement(data(root), "more")


def _no_signature(root: Element) -> None:
    holder(root).clear()


def _two_signatures(root: Element) -> None:
    holder(root).append(parse(etree.tostring(holder(root)[0])))


def _two_references(root: Element) -> None:
    (reference,) = root.iter(f"{{{DS}}}Reference")
    reference.addnext(parse(etree.tostring(reference)))


def _other(local: str, algorithm: str) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        next(root.iter(f"{{{DS}}}{local}")).set("Algorithm", algorithm)

    change.__name__ = f"other_{local}"
    return change


def _third_transform(root: Element) -> None:
    (transforms,) = root.iter(f"{{{DS}}}Transforms")
    etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116")


def _transform_parameter(root: Element) -> None:
    etree.SubElement(next(root.iter(f"{{{DS}}}Transform")), "{urn:p}InclusiveNamespaces", PrefixList="q")


def _not_base64(root: Element) -> None:
    next(root.iter(f"{{{DS}}}DigestValue")).text = "*"


def _not_even_ascii(root: Element) -> None:
    next(root.iter(f"{{{DS}}}DigestValue")).text = "Ёлка"


def _commented(root: Element) -> None:
    next(root.iter(f"{{{DS}}}DigestValue")).append(etree.Comment("x"))


def _no_key(root: Element) -> None:
    next(root.iter(f"{{{DS}}}KeyInfo")).clear()


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (_swap_value, SignatureState.FORGED),
        (_text, SignatureState.CHANGED),
        (_attribute, SignatureState.CHANGED),
        (_added, SignatureState.CHANGED),
        (_rename, SignatureState.MISPLACED),
        (_nameless, SignatureState.MISPLACED),
        (_second_bearer, SignatureState.MISPLACED),
        (_wrapped, SignatureState.MISPLACED),
        (_wrapped_under_the_same_name, SignatureState.MISPLACED),
        (_no_signature, SignatureState.ABSENT),
        (_no_namespace, SignatureState.MALFORMED),
        (_two_signatures, SignatureState.MALFORMED),
        (_two_references, SignatureState.MALFORMED),
        (_third_transform, SignatureState.MALFORMED),
        (_transform_parameter, SignatureState.MALFORMED),
        (_not_base64, SignatureState.MALFORMED),
        (_not_even_ascii, SignatureState.MALFORMED),
        (_commented, SignatureState.MALFORMED),
        (_no_key, SignatureState.MALFORMED),
        (_other("CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"), SignatureState.MALFORMED),
        (_other("SignatureMethod", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"), SignatureState.MALFORMED),
        (_other("DigestMethod", "http://www.w3.org/2000/09/xmldsig#sha1"), SignatureState.MALFORMED),
        (_other("Transform", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"), SignatureState.MALFORMED),
    ],
)
def test_what_does_not_hold(signer: SidecarSigner, damage: Callable[[Element], None], expected: SignatureState) -> None:
    root = signed(signer)
    damage(root)
    assert state(root, signer) is expected
    assert not expected.acceptable


def test_a_signature_without_a_place_or_an_element_is_absent(signer: SidecarSigner) -> None:
    root = signed(signer)
    assert state_of(None, data(root), signer, soon()) is SignatureState.ABSENT
    assert state_of(holder(root), None, signer, soon()) is SignatureState.ABSENT


@pytest.mark.parametrize("escaped", [False, True])
def test_the_greater_sign_is_accepted_whichever_way_it_was_digested(signer: SidecarSigner, escaped: bool) -> None:
    root = parse(MESSAGE.replace("Щербаков", "&gt;").encode())
    octets = signed_info(
        "BODY", signer.digest(transformed(data(root), escape_greater=escaped), signer.strength), signer.strength
    )
    true = signature_over(data(root), signer)
    true.replace(true[0], parse(octets))
    next(true.iter(f"{{{DS}}}SignatureValue")).text = base64.b64encode(signer.sign(octets)).decode()
    holder(root).append(true)
    assert state(root, signer) is SignatureState.VALID

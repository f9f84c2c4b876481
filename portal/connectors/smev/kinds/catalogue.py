"""The kinds of information behind the port: octets in, octets out."""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from portal.connectors.smev.kinds import KINDS
from portal.connectors.smev.kinds.kind import Kind
from portal.connectors.smev.safe_xml import BadXml, parse
from portal.domain.identity import IdentityClaim
from portal.domain.identity_check import CheckAnswer, IdentityService
from portal.ports.information_kinds import Question, UnreadableAnswerError


@dataclass(frozen=True, slots=True)
class KindCatalogue:
    """Implements ``InformationKinds`` over a table of kinds."""

    kinds: Mapping[IdentityService, Kind]

    def write(self, service: IdentityService, question: Question) -> bytes:
        """The business element as UTF-8; names of elements are Russian, which no other encoding can write."""
        return etree.tostring(self.kinds[service].write(question), encoding="utf-8")

    def read(self, service: IdentityService, content: bytes, claim: IdentityClaim) -> CheckAnswer:
        """What the register says of the claim."""
        try:
            answer = parse(content)
        except BadXml as error:
            raise UnreadableAnswerError("document") from error
        return self.kinds[service].read(answer, claim)


CATALOGUE = KindCatalogue(KINDS)

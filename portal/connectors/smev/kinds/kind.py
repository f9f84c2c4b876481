"""What one kind of information (вид сведений) is: data and two functions, from a question and from an answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from portal.connectors.smev.safe_xml import Element, child, qualified, text_of
from portal.domain.identity import IdentityClaim
from portal.domain.identity_check import CheckAnswer, IdentityService
from portal.ports.information_kinds import Question, UnreadableAnswerError

Write = Callable[[Question, str], Element]
Read = Callable[[Element, IdentityClaim], CheckAnswer]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of information in one version; ``version`` and ``namespace`` change when its register says so."""

    service: IdentityService
    registry: str
    version: str
    namespace: str
    root: str
    answer_root: str
    write_question: Write = field(repr=False)
    read_answer: Read = field(repr=False)

    def write(self, question: Question) -> Element:
        """The business element of the request; raises ValueError when the claim lacks what this kind demands."""
        return self.write_question(question, self.namespace)

    def read(self, answer: Element, claim: IdentityClaim) -> CheckAnswer:
        """What the register says of the claim; raises UnreadableAnswerError when it says something else."""
        if qualified(answer) != (self.namespace, self.answer_root):
            raise UnreadableAnswerError("root")
        return self.read_answer(answer, claim)


def element(namespace: str, name: str, text: str = "", **attributes: str) -> Element:
    """An element of this namespace; attributes without a namespace, empty ones left out."""
    made = etree.Element(etree.QName(namespace, name))
    made.text = text or None
    for attribute, value in attributes.items():
        if value:
            made.set(attribute, value)
    return made


def filled(parent: Element, values: Mapping[str, str]) -> Element:
    """The parent with one child per value, of the parent's namespace, in order; empty values are left out."""
    namespace, _ = qualified(parent)
    parent.extend(element(namespace, name, value) for name, value in values.items() if value)
    return parent


def needed(parent: Element, name: str) -> Element:
    """The child of this name, which the kind of information promises."""
    found = child(parent, name)
    if found is None:
        raise UnreadableAnswerError(name)
    return found


def said(parent: Element, name: str) -> str:
    """The text of the child of this name, or an empty string."""
    return text_of(child(parent, name))


def same_words(first: str, second: str) -> bool:
    """Whether two names are one to a register: whatever the case, the spaces and the dots over ё."""
    return _plain(first) == _plain(second)


def _plain(words: str) -> str:
    return " ".join(words.casefold().replace("ё", "е").split())

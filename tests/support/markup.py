"""Valid HTML: what a parser by the standard objects to, and what it lets pass but the standard does not allow."""

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from tinyhtml5.parser import HTMLParser

REFERENCES: Final = ("for", "list", "form", "headers", "aria-labelledby", "aria-describedby", "aria-controls")
LABELABLE: Final = frozenset({"button", "input", "meter", "output", "progress", "select", "textarea"})
INTERACTIVE: Final = frozenset({"a", "button", "select", "textarea", "details", "label"})
#: These hold words and what stands between words, no blocks.
PHRASES_ONLY: Final = frozenset({"button", "dt", "h1", "h2", "h3", "h4", "label", "legend", "p", "span", "summary"})
BLOCKS: Final = frozenset({"div", "dl", "fieldset", "form", "ol", "p", "section", "table", "ul"})
CHILDREN: Final = {
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd", "div"},
    "select": {"option", "optgroup"},
    "tr": {"th", "td"},
}
EVERYWHERE: Final = frozenset(
    {
        "class",
        "id",
        "hidden",
        "lang",
        "role",
        "tabindex",
        "title",
        "autocapitalize",
        "autofocus",
        "spellcheck",
        "inputmode",
        "popover",
    }
)
OF_ELEMENTS: Final = {
    "a": {"href", "download", "rel"},
    "button": {"type", "name", "value", "formaction", "formmethod", "disabled", "form", "popovertarget"},
    "details": {"open"},
    "dialog": {"open"},
    "fieldset": {"disabled"},
    "form": {"action", "method", "autocomplete", "enctype", "novalidate"},
    "input": {
        "type",
        "name",
        "value",
        "checked",
        "required",
        "autocomplete",
        "maxlength",
        "minlength",
        "min",
        "max",
        "step",
        "size",
        "pattern",
        "placeholder",
        "accept",
        "multiple",
        "disabled",
        "readonly",
        "list",
        "form",
    },
    "label": {"for"},
    "link": {"rel", "href", "type", "sizes", "as"},
    "meta": {"name", "content", "charset"},
    "ol": {"start"},
    "option": {"value", "selected", "disabled"},
    "output": {"for"},
    "progress": {"value", "max"},
    "script": {"src", "defer", "type", "async"},
    "select": {"name", "required", "multiple", "size", "autocomplete", "disabled", "form"},
    "td": {"colspan", "rowspan", "headers"},
    "textarea": {
        "name",
        "rows",
        "cols",
        "required",
        "maxlength",
        "minlength",
        "placeholder",
        "autocomplete",
        "readonly",
        "disabled",
    },
    "th": {"scope", "colspan", "rowspan", "abbr"},
    "time": {"datetime"},
}


def faults_of(html: str) -> list[str]:
    """What is wrong with a page; nothing when it is valid."""
    parser = HTMLParser(namespace_html_elements=False)
    root = parser.parse(html)
    lines = html.splitlines() or [""]
    objections = [
        f"line {line}: {code} {data}: {lines[line - 1].strip()[:120]}" for (line, _), code, data in parser.errors
    ]
    return [*objections, *_names(root), *_attributes(root), *_nesting(root, ())]


def _names(root: Element) -> Iterator[str]:
    named = [name for element in root.iter() if (name := element.get("id")) is not None]
    yield from (f"two elements are called {name!r}" for name in sorted({one for one in named if named.count(one) > 1}))
    targets = {element.get("id"): element for element in root.iter()}
    for element in root.iter():
        wanted = [name for key in REFERENCES for name in (element.get(key) or "").split()]
        wanted += [link[1:]] if (link := element.get("href") or "").startswith("#") and len(link) > 1 else []
        yield from (
            f"{_told(element)} points to {name!r}, which is not there" for name in wanted if name not in targets
        )
        labelled = targets.get(element.get("for")) if element.tag == "label" else None
        if labelled is not None and labelled.tag not in LABELABLE:
            yield f"{_told(element)} is a label for <{labelled.tag}>"


def _attributes(root: Element) -> Iterator[str]:
    for element in root.iter():
        if str(element.tag).startswith(("{", "<")):  # a comment; a drawing
            continue
        known = EVERYWHERE | OF_ELEMENTS.get(element.tag, set())
        unknown = [str(name) for name, _ in element.items() if name not in known and not _free(str(name))]
        yield from (f"{_told(element)} has no attribute {name!r}" for name in unknown if element.tag != "html")
        if element.tag == "img" and element.get("alt") is None:
            yield f"{_told(element)} has no alt"


def _free(name: str) -> bool:
    return name.startswith(("data-", "aria-"))


def _nesting(element: Element, above: tuple[str, ...]) -> Iterator[str]:
    for child in element:
        if str(child.tag).startswith(("{", "<")):
            continue
        allowed = CHILDREN.get(str(element.tag))
        if allowed is not None and child.tag not in allowed:
            yield f"{_told(child)} directly in <{element.tag}>"
        if child.tag in BLOCKS and element.tag in PHRASES_ONLY:
            yield f"{_told(child)} in <{element.tag}>"
        if child.tag in INTERACTIVE - {"details"} and {"a", "button"} & set(above):
            yield f"{_told(child)} inside of {above}"
        yield from _nesting(child, (*above, child.tag))


def _told(element: Element) -> str:
    shown = " ".join(f'{name}="{value}"' for name, value in list(element.items())[:3])
    return f"<{element.tag} {shown}>"

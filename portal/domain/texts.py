"""Short texts people type."""

import unicodedata


def fold(text: str) -> str:
    """Case, ё, composition and spaces no longer matter; й stays й."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().replace("ё", "е").split())


def address_key(text: str) -> str:
    """What addresses and names like them are compared by: only case does not matter, for letters mean somebody."""
    return text.strip().lower()


def text_fault(text: str, longest: int) -> str:
    """The code of what is wrong with one line of text; empty when it can be used."""
    if not text.strip():
        return "required"
    if len(text) > longest:
        return "too_long"
    return "" if text.isprintable() else "bad_characters"

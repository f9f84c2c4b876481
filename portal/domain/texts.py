"""Short texts people type."""

import unicodedata


def fold(text: str) -> str:
    """Case, ё, composition and spaces no longer matter; й stays й."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().replace("ё", "е").split())


def text_fault(text: str, longest: int) -> str:
    """The code of what is wrong with one line of text; empty when it can be used."""
    if not text.strip():
        return "required"
    if len(text) > longest:
        return "too_long"
    return "" if text.isprintable() else "bad_characters"

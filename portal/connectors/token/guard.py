"""Which processes may load a vendor's PKCS#11 library: work-horses and spawned children, never the web."""

_reasons: list[str] = []


class ForbiddenHereError(RuntimeError):
    """A PKCS#11 library was about to be loaded into a process that must outlive its crashes."""


def forbid(reason: str) -> None:
    """Mark this process, and whatever is forked from it, as one that never loads a PKCS#11 library."""
    _reasons.append(reason)


def allow() -> None:
    """Take the mark away: for a child that was forked on purpose to work with a token."""
    _reasons.clear()


def check() -> None:
    """Raise ForbiddenHereError in a marked process."""
    if _reasons:
        raise ForbiddenHereError(f"no PKCS#11 library is loaded here: {_reasons[0]}")

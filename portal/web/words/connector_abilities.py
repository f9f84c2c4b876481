"""What an authority can do, in words for the page of its connector."""

from typing import Final

from portal.domain.connector_abilities import Abilities, Finding, Holding, Revoking
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l

HOLDING: Final = {
    Holding.BOTH_WAYS: _l("it puts certificates on hold and takes that back: devices can be disabled and enabled"),
    Holding.NEVER: _l("none: certificates of a disabled device stay valid, only a revocation ends them"),
}
REVOKING: Final = {
    Revoking.PORTAL: _l("the portal orders them"),
    Revoking.LISTED: _l("its people carry them out; the portal sees them in its list of revoked certificates"),
    Revoking.UNSEEN: _l("its people carry them out; without an address of its list the portal does not see them"),
}
FINDING: Final = {
    Finding.KEY: _l("found again by its key"),
    Finding.NAME: _l("found again by its name or its key"),
    Finding.TRANSACTION: _l("found again by its transaction"),
    Finding.PERHAPS: _l("found again by its transaction while the server knows it; else a person settles it"),
    Finding.PERSON: _l("a person settles it: the authority cannot be asked"),
}


def told_abilities(found: Abilities | None) -> tuple[tuple[str, str], ...]:
    """What is told of, and how it is; nothing of what is no authority."""
    if found is None:
        return ()
    return (
        (_("Holds"), str(HOLDING[found.holding])),
        (_("Revocations"), str(REVOKING[found.revoking])),
        (_("An order without an answer"), str(FINDING[found.finding])),
    )

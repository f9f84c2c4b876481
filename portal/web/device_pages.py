"""Fragments of one device both sides serve: its card, the one thing to know about it, whether it is plugged in."""

from typing import Final

from flask import Response, request

from portal.web.current import portal
from portal.web.loading import card_of, device_of, presence_for
from portal.web.pages import page_or_fragment, see_other, wants_fragment
from portal.web.sides import side_url
from portal.web.views_devices import device_lines

CARD: Final = "devices/_card.html"
SAID: Final = "devices/_said.html"
PRESENCE: Final = "devices/_presence.html"
#: Told to the page when the token came, went or moved: what it offers may be something else now.
MOVED: Final = "presence-moved"


def card_fragment(device_id: int) -> Response:
    """The card for a row that opens; as a page it is the device's own."""
    if not wants_fragment():
        return see_other(side_url("show_device", device_id=device_id))
    return page_or_fragment(CARD, CARD, card=card_of(device_id))


def state_fragment(device_id: int) -> Response:
    """The one thing to know about the device, for a page that shows it already."""
    if not wants_fragment():
        return see_other(side_url("show_device", device_id=device_id))
    line = device_lines((device_of(device_id),), portal().clock.now(), may_update=False)[0]
    return page_or_fragment(SAID, SAID, line=line)


def presence_fragment(device_id: int) -> Response:
    """Whether the token is plugged in; nothing when the page shows so already."""
    if not wants_fragment():
        return see_other(side_url("show_device", device_id=device_id))
    view, shown = presence_for(device_of(device_id)), request.args.get("shown", "")
    if view.key == shown:
        return Response(status=204)
    fragment = page_or_fragment(PRESENCE, PRESENCE, presence=view)
    if view.key.partition("-")[0] != shown.partition("-")[0]:
        fragment.headers["HX-Trigger"] = MOVED
    return fragment

"""The choice of foreign certificates to watch, on its own."""

from dataclasses import dataclass

from portal.db.queries.views import DeviceRow
from portal.web.sides import side_url
from portal.web.views_dialog import TRACKING, Stage, stages, subtitle
from portal.web.views_outcome import FoundCertificate


@dataclass(frozen=True, slots=True)
class TrackingStep:
    """The stage between a run and its summary, without a run."""

    subtitle: str
    stages: tuple[Stage, ...]
    foreign: tuple[FoundCertificate, ...]
    tracking_href: str
    close_href: str


def tracking_step(device: DeviceRow, foreign: tuple[FoundCertificate, ...]) -> TrackingStep:
    """Which of these to watch."""
    return TrackingStep(
        subtitle=subtitle(device),
        stages=stages(TRACKING, tracking=True),
        foreign=foreign,
        tracking_href=side_url("track_on_device", device_id=device.id),
        close_href=side_url("show_device", device_id=device.id),
    )

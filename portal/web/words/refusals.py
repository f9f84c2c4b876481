"""What each part of the product says of its own refusals, together."""

from collections.abc import Callable, Mapping
from typing import Final

from portal.web.words import (
    access_refusals,
    agent_refusals,
    connector_refusals,
    directory,
    directory_syncs,
    drift_refusals,
    given,
    identity_refusals,
    policy_refusals,
    self_service,
)

REFUSALS: Final[Mapping[str, Callable[[Mapping[str, str]], tuple[str, str, str]]]] = {
    **access_refusals.REFUSALS,
    **agent_refusals.REFUSALS,
    **connector_refusals.REFUSALS,
    **directory.REFUSALS,
    **directory_syncs.REFUSALS,
    **drift_refusals.REFUSALS,
    **self_service.REFUSALS,
    **given.REFUSALS,
    **identity_refusals.REFUSALS,
    **policy_refusals.REFUSALS,
}

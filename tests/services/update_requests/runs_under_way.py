"""Runs in the states people meet them in."""

from portal.domain.update_state import UpdateStatus

OVER = [UpdateStatus.COMPLETED, UpdateStatus.FAILED, UpdateStatus.CANCELLED]

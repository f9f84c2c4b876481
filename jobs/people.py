"""What a worker may be asked for about people."""

from jobs.runtime import runtime
from portal.domain.ids import ImportId


def carry_import(import_id: int) -> None:
    """Check a file of people, or take it over."""
    runtime().people_import_work.carry(ImportId(import_id))

"""What a server tells of changes since."""

from dataclasses import dataclass

from portal.connectors.directory.ldap.cursors import Cursor


@dataclass(frozen=True, slots=True)
class Since:
    """``condition`` finds who changed, or ``keys`` names entries that did, people or not.

    ``tells_gone``: those who are gone are among the keys.
    """

    cursor: Cursor
    condition: str = ""
    keys: frozenset[str] | None = None
    tells_gone: bool = False

"""The kinds of information this product knows; one more is one file and one line here."""

from collections.abc import Mapping
from typing import Final

from portal.connectors.smev.kinds.esia import ACCOUNT
from portal.connectors.smev.kinds.fns_extracts import ENTREPRENEUR, LEGAL_ENTITY
from portal.connectors.smev.kinds.fns_inn import INN, INN_SEARCH
from portal.connectors.smev.kinds.kind import Kind
from portal.connectors.smev.kinds.mvd import PASSPORT
from portal.connectors.smev.kinds.sfr import SNILS, SNILS_SEARCH
from portal.domain.identity_check import IdentityService

_ALL: Final = (PASSPORT, SNILS, SNILS_SEARCH, INN, INN_SEARCH, LEGAL_ENTITY, ENTREPRENEUR, ACCOUNT)
KINDS: Final[Mapping[IdentityService, Kind]] = {kind.service: kind for kind in _ALL}

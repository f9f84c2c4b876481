"""What goes wrong around a run, in words that the stories about it share."""

from portal.domain.outcomes import Refused, WaitingFor
from portal.domain.troubles import Trouble, why

DOWN = Refused(why(Trouble.CA_UNAVAILABLE), permanent=False)
PULLED = Refused(why(Trouble.TOKEN_REMOVED), permanent=False, whom=WaitingFor.TOKEN)
FULL = Refused(why(Trouble.TOKEN_FULL), permanent=True)
SILENT = Refused(why(Trouble.IN_DOUBT), permanent=True)

"""The texts of what an update waits for at a workstation."""

from typing import Final

from portal.domain.troubles import Trouble
from portal.web.translate import lazy_gettext as _l
from portal.web.words.trouble_identity import Text

AGENT_TEXTS: Final = {
    Trouble.AGENT_AWAITED: Text(
        _l("The update waits for a workstation"),
        _l("It goes on where the agent sees the token and the person there agrees."),
        _l("Plug the token in at the workstation and answer what the agent asks."),
    ),
    Trouble.AGENT_WORKS: Text(
        _l("A workstation is at work"),
        _l("The agent has the order and has not reported yet; it may be waiting for the PIN."),
        _l("You need do nothing: the update goes on by itself after the report."),
    ),
    Trouble.AGENT_UNABLE: Text(
        _l("A workstation may not do this"),
        _l("The update holds a step that is never given to an agent."),
        _l("Connect the token to the portal and update it there."),
    ),
}

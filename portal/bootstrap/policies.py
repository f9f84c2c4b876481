"""Device usage policies: what they say, whom they are given to, and what a change would do."""

from functools import cached_property

from portal.bootstrap.outside import Doors
from portal.connectors.pfx import PfxFiles
from portal.services.assignments import Assignments
from portal.services.common_certificates import CommonCertificates
from portal.services.policy_drafts import PolicyDrafts
from portal.services.policy_life import PolicyLife
from portal.services.policy_offers import Offers
from portal.services.policy_publishing import PolicyPublishing
from portal.services.told_templates import ToldTemplates
from portal.services.what_if import WhatIf


class Policies(Doors):
    """Services about policies, their assignments and their common certificates."""

    @cached_property
    def policy_offers(self) -> Offers:
        """What policies may be put together from."""
        return Offers(self.database, self.authorities, self.authorities.names)

    @cached_property
    def told_templates(self) -> ToldTemplates:
        """Has authorities asked what they issue."""
        return ToldTemplates(self.database, self.clock, self.authorities, self.queue)

    @cached_property
    def policy_drafts(self) -> PolicyDrafts:
        """What people do to drafts."""
        return PolicyDrafts(self.database, self.clock, self.policy_offers)

    @cached_property
    def policy_publishing(self) -> PolicyPublishing:
        """Makes versions out of drafts."""
        return PolicyPublishing(self.database, self.clock, self.policy_offers)

    @cached_property
    def policy_life(self) -> PolicyLife:
        """Withdraws, restores and deletes policies."""
        return PolicyLife(self.database, self.clock)

    @cached_property
    def assignments(self) -> Assignments:
        """Gives policies to parts of the directory."""
        return Assignments(self.database, self.clock)

    @cached_property
    def common_certificates(self) -> CommonCertificates:
        """Takes common certificates in, replaces and removes them."""
        return CommonCertificates(self.database, self.clock, self.commons, PfxFiles(self.reader), self.reader)

    @cached_property
    def what_if(self) -> WhatIf:
        """Judges devices as if a policy or its assignments were others."""
        return WhatIf(self.database, self.clock)

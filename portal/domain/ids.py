"""Names for the numbers that identify things, so that a type checker tells them apart."""

from typing import NewType

PersonId = NewType("PersonId", int)
DeviceId = NewType("DeviceId", int)
PolicyId = NewType("PolicyId", int)
DraftId = NewType("DraftId", int)
AssignmentId = NewType("AssignmentId", int)
CertificateId = NewType("CertificateId", int)
UpdateId = NewType("UpdateId", int)
AccountId = NewType("AccountId", int)
OperationId = NewType("OperationId", int)
ImportId = NewType("ImportId", int)
AgentId = NewType("AgentId", int)
AgentTaskId = NewType("AgentTaskId", int)
ConnectorId = NewType("ConnectorId", int)

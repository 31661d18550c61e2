"""Identities: every thing that two services speak of has a type of its own, so that no two can be confused."""

from typing import Annotated, NewType
from uuid import UUID

from pydantic import StringConstraints

PartyId = NewType("PartyId", UUID)
SiteId = NewType("SiteId", UUID)
BuildingId = NewType("BuildingId", UUID)
CompoundId = NewType("CompoundId", UUID)
GridId = NewType("GridId", UUID)
OfficerId = NewType("OfficerId", UUID)
ContactId = NewType("ContactId", UUID)
LeaseId = NewType("LeaseId", UUID)
DeviceId = NewType("DeviceId", UUID)

CampaignId = NewType("CampaignId", UUID)
VisitId = NewType("VisitId", UUID)
HazardId = NewType("HazardId", UUID)
SelfCheckId = NewType("SelfCheckId", UUID)
LandlordCheckId = NewType("LandlordCheckId", UUID)
AlarmTestId = NewType("AlarmTestId", UUID)
ComplaintId = NewType("ComplaintId", UUID)
ConsultationId = NewType("ConsultationId", UUID)
FileId = NewType("FileId", UUID)

PersonId = NewType("PersonId", UUID)
TrainingId = NewType("TrainingId", UUID)
CertificateId = NewType("CertificateId", UUID)
DrillId = NewType("DrillId", UUID)
GuidanceId = NewType("GuidanceId", UUID)
HandbookId = NewType("HandbookId", UUID)

OverrideId = NewType("OverrideId", UUID)
AppealId = NewType("AppealId", UUID)
NoticeId = NewType("NoticeId", UUID)
ExternalEventId = NewType("ExternalEventId", UUID)

EventId = NewType("EventId", UUID)

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/+@#=-]*$", max_length=100)]
"""A machine's word such as ``LF-12`` or ``inherent.dust``: no spaces, no Chinese, so that no sentence and no name fits in."""

Title = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A name of an organisation, a site, a campaign or a document; never of a natural person."""

ExternalRef = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""What another system calls itself or its own thing, as it writes it; never a person."""

AccountId = Annotated[str, StringConstraints(min_length=1, max_length=128)]
"""The opaque subject of an account; never a name, a phone or an ID number."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""The SHA-256 of a file's original bytes, in lower-case hexadecimal."""

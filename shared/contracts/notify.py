"""What notify says: what became of each notice, and who cannot be reached; addresses stay with notify."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from shared.contracts.event import Event
from shared.contracts.vocabulary import (
    AppealId,
    CampaignId,
    ChannelKind,
    Code,
    ContactId,
    ContactRole,
    EventId,
    HazardId,
    LeaseId,
    NoticeFailure,
    NoticeId,
    NoticeState,
    OfficerId,
    PartyId,
    Recipient,
    SiteId,
)


class NoticeCard(BaseModel):
    """What every event about a notice says of it: of what kind, about what, to whom by id."""

    notice_id: NoticeId
    site_id: SiteId | None = None
    kind: Code = Field(description="what is told, such as hazard_found or grade_changed; kinds are data")
    state: NoticeState
    recipient: Recipient
    party_id: PartyId | None = None
    officer_id: OfficerId | None = None
    cause_id: EventId | None = Field(default=None, description="the event that the notice tells of")
    hazard_id: HazardId | None = None
    lease_id: LeaseId | None = None
    campaign_id: CampaignId | None = None
    appeal_id: AppealId | None = None
    rung: int = Field(default=0, ge=0, description="the rung of the ladder; 0 is the first notice")
    channel: ChannelKind | None = None
    provider: Code | None = None


class NoticePlanned(NoticeCard, Event, name="notify.notice_planned", aggregate="notice_id"):
    """告知计划: somebody is to be told something, not before a time."""

    template_version: Code | None = None
    send_after: AwareDatetime
    acknowledge_by: AwareDatetime | None = Field(
        default=None, description="after this the ladder goes on; none where nothing is expected"
    )


class NoticeAccepted(NoticeCard, Event, name="notify.notice_accepted", aggregate="notice_id"):
    """通道受理: a provider has taken it over; nobody has read it yet."""

    attempt: int = Field(default=1, ge=1)
    accepted_at: AwareDatetime


class NoticeDelivered(NoticeCard, Event, name="notify.notice_delivered", aggregate="notice_id"):
    """告知送达: the provider says that it reached the device, or somebody opened it."""

    delivered_at: AwareDatetime
    read_at: AwareDatetime | None = None


class NoticeFailed(NoticeCard, Event, name="notify.notice_failed", aggregate="notice_id"):
    """告知失败: it did not reach its person on this channel; ``final`` where no other is left."""

    attempt: int = Field(default=1, ge=0)
    reason: NoticeFailure
    final: bool
    failed_at: AwareDatetime


class NoticeAcknowledged(NoticeCard, Event, name="notify.notice_acknowledged", aggregate="notice_id"):
    """告知确认: the person has confirmed it; the ladder stops."""

    acknowledged_at: AwareDatetime


class ContactUnreachable(Event, name="notify.contact_unreachable", aggregate="contact_id"):
    """失联: on two days or more a contact was phoned or sent an SMS in vain, and nothing has reached it since."""

    contact_id: ContactId
    party_id: PartyId
    role: ContactRole
    tried_on: tuple[date, ...] = Field(description="the days in Asia/Shanghai on which it was tried in vain, in order")


class ContactReached(Event, name="notify.contact_reached", aggregate="contact_id"):
    """恢复联系: a contact that was said to be unreachable was reached, or its party has changed it."""

    contact_id: ContactId
    party_id: PartyId
    role: ContactRole
    reached_on: date
    contact_changed: bool = Field(
        default=False, description="nobody has reached it yet: it is another person or number now, or gone"
    )


class MobileVerified(Event, name="notify.mobile_verified", aggregate="verification_id"):
    """手机号已核验: a code sent to the contact's mobile was typed back; the number itself is not told."""

    verification_id: UUID
    contact_id: ContactId
    party_id: PartyId
    contact_version: int = Field(ge=1, description="of the contact, as the registry numbered it when the code was sent")
    verified_on: date = Field(description="the day in Asia/Shanghai")

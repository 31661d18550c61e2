"""On which channels a notice travels, in which order, and when each may start."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notify.domain.book import Book
from services.notify.domain.quiet import Quiet
from services.notify.domain.surroundings import Preference
from services.notify.domain.telling import IN_APP, Route, Step, Urgency


@dataclass(frozen=True, slots=True)
class Start:
    """A dispatch that is stored with the plan: its channel and the first moment at which it may leave."""

    channel: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Later:
    """A step that may follow: after a while unless something happened, and in any case when all before it have failed."""

    channel: str
    after: timedelta | None
    unless: str | None


@dataclass(frozen=True, slots=True)
class Journey:
    """A route made ready: what starts, what may follow, when the first follower is looked at, whether the inbox shows it."""

    starts: tuple[Start, ...]
    later: tuple[Later, ...]
    next_at: datetime | None
    in_app: bool


@dataclass(frozen=True, slots=True)
class Silence:
    """When a person may be disturbed on a channel."""

    quiet: Quiet
    channels: frozenset[str]
    kept: bool

    @classmethod
    def of(cls, book: Book, urgency: Urgency, preference: Preference | None) -> "Silence":
        """The book's quiet hours or the person's own; an alarm keeps none."""
        own = preference.quiet if preference else None
        return cls(own or book.quiet, book.quiet_channels, urgency is Urgency.ORDINARY)

    def over(self, moment: datetime, channel: str) -> datetime:
        """The moment, or the end of the quiet hours in which it lies."""
        return self.quiet.over(moment) if self.kept and channel in self.channels else moment


def journey(route: Route, moment: datetime, silence: Silence, unreachable: frozenset[str]) -> Journey:
    """Make a route ready for one person: channels on which he is known to be unreachable are left out.

    Where nothing would start at once, the first step that is left starts.
    """
    steps = [step for step in route if step.channel != IN_APP and step.channel not in unreachable]
    first = [step for step in steps if step.starts_at_once] or steps[:1]
    starts = tuple(Start(step.channel, silence.over(moment, step.channel)) for step in first)
    later = tuple(Later(step.channel, step.after, step.unless) for step in steps if step not in first)
    return Journey(starts, later, first_look(later, moment), any(step.channel == IN_APP for step in route))


def first_look(later: Sequence[Later], moment: datetime) -> datetime | None:
    """When the first follower may start by time alone; None where only a failure starts it."""
    return moment + later[0].after if later and later[0].after is not None else None


def chosen(route: Route, preference: Preference | None) -> Route:
    """A free notice's route as the person ordered it: only his channels, in his order; the inbox always shows it."""
    if preference is None or not preference.channels:
        return route
    inbox = tuple(step for step in route if step.channel == IN_APP)
    mine = [Step.model_validate({"channel": channel}) for channel in preference.channels if channel != IN_APP]
    return inbox + tuple(mine[:1]) + tuple(step.model_copy(update={"otherwise": True}) for step in mine[1:])

"""Offers: what a worker has heard of and not yet looked at, in order, and what it works on now."""

import time
from dataclasses import dataclass, field, replace
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may have to go on. It proves nothing: whoever takes it up looks for itself."""

    run_id: UUID | None = None
    """The run that was scheduled; None: whichever works on the case."""
    reference: str | None = None
    """The case; None when only the run is known."""
    has_ended: bool = False
    """The engine said that the case's run came to an end, so even a case that waits is looked at."""
    was_held: bool = False
    """Somebody else held the case when it was looked at the last time."""

    @property
    def subject(self) -> str:
        """What may be worked on only once at a time: the case, or a run of no case."""
        return self.reference or str(self.run_id)


@dataclass(frozen=True, slots=True)
class Later:
    """An offer to be made again after a while."""

    offer: Offer
    in_s: float


@dataclass
class Offers:
    """The offers that wait and the subjects worked on; used by one thread, the event loop's."""

    limit: int
    waiting: dict[tuple[str, UUID | None], Offer] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    """What is worked on, and since when by the monotonic clock."""

    def add(self, offer: Offer) -> None:
        """Put an offer last; the same one made twice counts once, and one being worked on comes up again after."""
        key = (offer.subject, offer.run_id)
        if (same := self.waiting.get(key)) is not None:
            offer = replace(offer, has_ended=offer.has_ended or same.has_ended)
        self.waiting[key] = offer

    def next(self) -> Offer | None:
        """Return the first offer that may be worked on now, and count it as begun; None when there is none."""
        if len(self.since) >= self.limit:
            return None
        key = next((key for key in self.waiting if key[0] not in self.since), None)
        if key is None:
            return None
        self.since[key[0]] = time.monotonic()
        return self.waiting.pop(key)

    def done(self, offer: Offer) -> None:
        """Count an offer as finished."""
        del self.since[offer.subject]

    def longest_s(self) -> float:
        """Return for how long the oldest has been worked on."""
        return time.monotonic() - min(self.since.values()) if self.since else 0.0

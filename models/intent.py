"""Intents: before anything irreversible, a row says what is about to happen; after a crash it is reconciled."""

from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.columns import Moment, Row, word


class Act(StrEnum):
    """Acts on the outside world that must never happen twice."""

    hold_seats = "hold_seats"
    pay_order = "pay_order"
    cancel_order = "cancel_order"
    commit_funds = "commit_funds"
    offer_to_receiver = "offer_to_receiver"
    accept_change = "accept_change"
    """Of flights, when the airline changed them by itself."""


class IntentState(StrEnum):
    """How far an act has come."""

    sending = "sending"
    """Written before the call; found after a crash it counts as unknown."""
    done = "done"
    refused = "refused"
    """A clear no: nothing exists at the partner."""
    unknown = "unknown"
    """The call ended without a clear answer; only reading may settle it."""
    abandoned = "abandoned"
    """Treated as not done: a named officer decided so, or the airline said so and shows nothing."""
    undone = "undone"
    """Done, and later taken back."""


FIRST_LOOK = pendulum.duration(minutes=1)
LONGEST_WAIT = pendulum.duration(hours=1)

_UNSETTLED = "state IN ('sending', 'unknown')"


class Intent(Row, table=True):
    """One act about to happen, or happened."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    """Also our idempotency key wherever the partner has one."""
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    registry_id: str | None = None
    """The person as the registry knows them; two cases under two spellings meet here."""
    act: Act = Field(sa_type=word(Act))
    subject: str
    """What the act is about at the partner: an offer id, an order id, a document number."""
    itinerary: dict[str, object] | None = Field(default=None, sa_column=Column(JSONB))
    """Of a hold of seats: the flights, so that whose answer is not known counts among those aboard."""
    state: IntentState = Field(default=IntentState.sending, sa_type=word(IntentState))
    payload_sealed: bytes | None = None
    result_id: str | None = None
    """The partner's id of what came of it."""
    written_at: pendulum.DateTime = Field(sa_type=Moment)
    settled_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    looked_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When the partner was last asked by itself what became of it."""
    looks: int = 0
    """How often it was asked so; each wait is twice as long as the one before."""
    words: str | None = None
    """What the partner answered, without personal data."""

    __table_args__ = (
        # A subject is acted on once, whatever happens to the process; a refused or abandoned act leaves it free.
        Index(
            "one_act_per_subject", "act", "subject", unique=True,
            postgresql_where="state IN ('sending', 'unknown', 'done')",
        ),
        # A new search gives a new offer id, so the person is the only guard against a second seat. It covers the
        # person's record and, through the registry id, every other case of the same human being.
        Index(
            "one_live_hold_per_person", "person_id", unique=True,
            postgresql_where=f"act = 'hold_seats' AND ({_UNSETTLED} OR state = 'done')",
        ),
        Index(
            "one_live_hold_per_registry_id", "registry_id", unique=True,
            postgresql_where=f"act = 'hold_seats' AND ({_UNSETTLED} OR state = 'done')",
        ),
    )  # fmt: skip

    def look_again_at(self) -> pendulum.DateTime:
        """Return when the partner is to be asked again: after 1, 2, 4 … minutes, and every hour in the end."""
        wait = min(FIRST_LOOK * 2 ** min(self.looks, 10), LONGEST_WAIT)
        return (self.looked_at or self.written_at).add(seconds=int(wait.total_seconds()))

    @property
    def is_settled(self) -> bool:
        """Whether we know what became of the act."""
        return self.state not in (IntentState.sending, IntentState.unknown)

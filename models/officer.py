"""Officers: who may decide what, and how they prove who they are."""

import re
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import ARRAY, CheckConstraint, Column, Index, String
from sqlmodel import Field

from models.columns import Moment, Row, word
from models.person import Language


class Role(StrEnum):
    """What an officer is entitled to; one officer may hold several roles."""

    coordinator = "coordinator"
    verifying_officer = "verifying-officer"
    lookout_officer = "lookout-officer"
    authorising_officer = "authorising-officer"
    travel_officer = "travel-officer"
    funding_officer = "funding-officer"
    issuing_officer = "issuing-officer"
    receiving_officer = "receiving-officer"
    duty_officer = "duty-officer"
    """Decides alone at any hour where an authority stands or an emergency forces it; another signs afterwards."""
    reviewing_officer = "reviewing-officer"
    """Looks at what was forced."""
    host_liaison = "host-liaison"
    """The host country's officer at a joint desk: sees exit papers and times, and nothing else."""
    border_partner = "border-partner"
    """A border officer of a country on the way: compares a document with what was issued, and sees nothing else."""
    registrar = "registrar"
    """Enrols officers and receives document numbers; decides nothing."""
    head_of_consular_affairs = "head-of-consular-affairs"
    """Is told when a question stays unanswered for long, and may then see what it is about; decides nothing by this."""
    screening_officer = "screening-officer"
    """Finds out whether a person was trafficked; never of the police, whose suspect they may be."""


class Duty(StrEnum):
    """What officers do besides deciding."""

    run_the_case = "run the case"
    """Open and start it, choose its receiver, note its costs."""
    attend_to_the_person = "attend to the person"
    """Take the portrait, write down their word and where they are."""
    say_what_they_are = "say what a person is"
    """Add and take away categories, each within what the rule allows."""
    screen = "screen a person"
    read_the_screening = "read a screening"
    enrol = "enrol officers and receive document numbers"
    keep_sheets = "keep the stock of document numbers"
    """Count, spoil and destroy sheets, report one gone, read a printed page again and hand it over."""
    erase = "erase a person"
    look_at_cases = "look at cases"
    compare_documents = "compare documents"
    """See what a released document says, each look noted."""
    watch_exits = "watch exits"
    """See who leaves the host country when, and on which paper."""
    book_by_hand = "write down seats booked by telephone"
    """Type them in, and cancel them; never approve one's own."""
    read_proofs = "read the proof of seats booked by telephone"
    read_manifests = "read the passenger list of a flight"
    tell_of_hits = "tell agencies of a person they look for"
    know_of_health = "know of health and age"
    know_of_warrants = "know of warrants"
    know_of_costs = "know of costs"
    """Read what a journey is noted to cost, item by item."""


OUTSIDE = frozenset({Role.host_liaison, Role.border_partner})
"""Roles of other countries' officers, who see nothing of a case but what their own duty names."""

DUTIES: dict[Duty, frozenset[Role]] = {
    Duty.run_the_case: frozenset({Role.coordinator}),
    Duty.attend_to_the_person: frozenset({Role.coordinator, Role.verifying_officer}),
    Duty.say_what_they_are: frozenset(
        {Role.coordinator, Role.verifying_officer, Role.lookout_officer, Role.screening_officer}
    ),
    Duty.screen: frozenset({Role.screening_officer}),
    Duty.read_the_screening: frozenset({Role.coordinator, Role.screening_officer}),
    # Whoever enrols reads the new officer's first secrets once, and so may hold no role that decides.
    Duty.enrol: frozenset({Role.registrar}),
    Duty.keep_sheets: frozenset({Role.registrar, Role.coordinator, Role.issuing_officer}),
    Duty.erase: frozenset({Role.registrar}),
    # Other countries' officers see a document, or exit papers and times, and nothing of who or what the person is.
    Duty.look_at_cases: frozenset(Role) - OUTSIDE,
    Duty.compare_documents: frozenset({Role.border_partner, Role.issuing_officer}),
    Duty.watch_exits: frozenset({Role.coordinator, Role.host_liaison}),
    Duty.book_by_hand: frozenset({Role.coordinator, Role.travel_officer}),
    Duty.read_proofs: frozenset({Role.coordinator, Role.travel_officer, Role.funding_officer, Role.issuing_officer}),
    # Who plans the flight, and who meets it.
    Duty.read_manifests: frozenset({Role.coordinator, Role.travel_officer, Role.receiving_officer}),
    Duty.tell_of_hits: frozenset({Role.coordinator, Role.lookout_officer}),
    # Who plans the journey and who meets the person; what is paid for is told without it.
    Duty.know_of_health: frozenset(
        {
            Role.coordinator,
            Role.verifying_officer,
            Role.travel_officer,
            Role.receiving_officer,
            Role.head_of_consular_affairs,
        }
    ),
    Duty.know_of_warrants: frozenset(
        {
            Role.coordinator,
            Role.lookout_officer,
            Role.verifying_officer,
            Role.authorising_officer,
            Role.head_of_consular_affairs,
        }
    ),
    # Who notes them, and who pays; whoever decides a question alone reads the costs with that question.
    Duty.know_of_costs: frozenset({Role.coordinator, Role.funding_officer}),
}
"""Who does what."""

NOT_FOR_POLICE = frozenset({Duty.screen, Duty.read_the_screening})
"""What a person is asked and answers is kept from whoever may accuse them, also where their role is another's duty."""

BESIDE_REGISTRAR = frozenset({Role.registrar, Role.coordinator})
"""Roles a registrar may hold."""


class Officer(Row, table=True):
    """One named officer; the number is what crosses into the engine."""

    number: str = Field(primary_key=True)
    """`O-07`."""
    name: str
    agency: str
    country: str | None = None
    """ISO 3166-1 alpha-3; the country a host liaison serves, whose cases' exits are all they see."""
    police: bool = False
    """Of an agency that investigates or prosecutes: screens nobody, and takes away no victim's protection."""
    roles: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    password_hash: str
    """Argon2id."""
    totp_secret_sealed: bytes
    active: bool = True
    language: Language | None = Field(default=None, sa_type=word(Language))
    """What the desk speaks to them, wherever they sign in; None until they have chosen."""
    added_at: pendulum.DateTime = Field(sa_type=Moment)
    failures: int = 0
    """Wrong codes in a row where the officer is signed in, or at the server; a right one sets it back."""
    locked_until: pendulum.DateTime | None = Field(default=None, sa_type=Moment)

    def holds(self, role: Role) -> bool:
        """Return whether the officer is in service and entitled to act in this role."""
        return self.active and role.value in self.roles

    def sees_cases_of(self, country: str) -> bool:
        """Return whether cases of a country may be this officer's at all: a host liaison serves one country."""
        return Role.host_liaison.value not in self.roles or self.country == country

    @property
    def duties(self) -> frozenset[Duty]:
        """Everything the officer does besides deciding."""
        return frozenset(duty for duty in Duty if self.may(duty))

    def may(self, duty: Duty) -> bool:
        """Return whether a duty is this officer's."""
        return any(self.holds(role) for role in DUTIES[duty]) and not (self.police and duty in NOT_FOR_POLICE)

    __table_args__ = (
        CheckConstraint("NOT (police AND 'screening-officer' = ANY (roles))", name="screening_is_outside_the_police"),
    )


class WrongAnswers(Row, table=True):
    """Wrong passwords or codes in a row in an officer's name, at one way in that others reach too."""

    __tablename__ = "wrong_answers"

    officer: str = Field(foreign_key="officer.number", primary_key=True)
    way: str = Field(primary_key=True)
    failures: int = 0
    locked_until: pendulum.DateTime | None = Field(default=None, sa_type=Moment)


class SpentCode(Row, table=True):
    """A one-time code that was used; the primary key is what makes it one-time."""

    __tablename__ = "spent_code"

    officer: str = Field(foreign_key="officer.number", primary_key=True)
    time_step: int = Field(primary_key=True)
    """Number of the 30-second step since 1970 the code belonged to. Source: RFC 6238 §4.2."""
    spent_at: pendulum.DateTime = Field(sa_type=Moment)
    spent_on: str
    """`decision`, `sign-in` or `cancel`."""


class Session(Row, table=True):
    """A signed-in officer at the desk or the command line; only a hash of the token is kept."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    token_hash: str = Field(unique=True)
    officer: str = Field(foreign_key="officer.number")
    door: str
    opened_at: pendulum.DateTime = Field(sa_type=Moment)
    seen_at: pendulum.DateTime = Field(sa_type=Moment)
    expires_at: pendulum.DateTime = Field(sa_type=Moment)
    ended_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)


LONGEST_ACCOUNT = 255
"""Letters of an account's identifier at an identity provider. Source: OpenID Connect Core 1.0 §2, `sub`."""


class OfficerIdentity(Row, table=True):
    """
    That an account at the identity provider is an officer's.

    A registrar says so, and it opens nothing before the officer has agreed with a code of their own.
    """

    __tablename__ = "officer_identity"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    officer: str = Field(foreign_key="officer.number")
    account_hash: str
    """Keyed hash of provider and account; the account's own name is kept nowhere."""
    bound_at: pendulum.DateTime = Field(sa_type=Moment)
    bound_by: str = Field(foreign_key="officer.number")
    agreed_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    ended_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    ended_by: str | None = Field(default=None, foreign_key="officer.number")

    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="identity_ended_by_somebody"),
        Index("one_officer_an_account", "account_hash", unique=True, postgresql_where="ended_at IS NULL"),
        Index("one_account_an_officer", "officer", unique=True, postgresql_where="ended_at IS NULL"),
    )


_POLICE = re.compile(r"police|prosecut|investigat|constab|경찰|검찰|수사|ប៉ូលីស|នគរបាល|អយ្យការ", re.IGNORECASE)


def names_police(agency: str) -> bool:
    """Return whether an agency's name says that it investigates or prosecutes, in Korean, Khmer or English."""
    return _POLICE.search(agency) is not None


LOCKED_AFTER = 5
"""Wrong codes or passwords in a row before an officer has to wait."""


def lock_for(failures: int) -> pendulum.Duration:
    """Return how long an officer waits after this many failures in a row: 1 minute, doubling, at most an hour."""
    if failures < LOCKED_AFTER:
        return pendulum.duration()
    return pendulum.duration(minutes=min(60, 2 ** (failures - LOCKED_AFTER)))

"""What the rest of the house knows of an airline: frozen values in our words, amounts without a lost digit."""

from datetime import date

import pendulum
from pydantic import BaseModel, ConfigDict, SecretStr

from models.booking import Condition
from models.itinerary import Itinerary
from models.money import Money


class Value(BaseModel):
    """What every value here starts from."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)


class Hours(Value):
    """Local hours between which a flight leaves or lands, as `06:00` and `23:59`."""

    since: str
    until: str


class Seeker(Value):
    """Who a search is for."""

    age: int | None = None
    """At the last departure; None for an adult."""
    fare_type: str | None = None
    """A fare for some people only, for example `humanitarian` or `unaccompanied_child`."""


ADULT = Seeker()


class Traveller(Value):
    """A traveller as the airline takes them."""

    title: str
    gender: str
    given_name: str
    family_name: str
    born_on: date
    document_number: str | None = None
    """Of the new travel document, never of the lost passport; None when the offer wants none."""
    document_expires_on: date | None = None


class AirlineChange(Value):
    """A change of an order that the airline made by itself."""

    change_id: str
    order_id: str
    removed: Itinerary | None
    added: Itinerary | None
    """None: the flights are gone and nothing is offered instead."""
    created_at: pendulum.DateTime
    action_taken: str | None
    """`accepted`, `cancelled`, `changed`, or a word we do not know; None while nobody has acted."""
    available_actions: tuple[str, ...]


class Order(Value):
    """An order as read back."""

    order_id: str
    offer_id: str | None
    intent_id: str | None
    """Of our intent, from the metadata."""
    record_locator: str
    itinerary: Itinerary
    slice_ids: tuple[str, ...]
    """New after every change; whoever asks for a change reads them first."""
    total: Money
    is_paid: bool
    payment_required_by: pendulum.DateTime | None
    price_guaranteed_until: pendulum.DateTime | None
    ticket_numbers: tuple[str, ...]
    is_cancelled: bool
    available_actions: tuple[str, ...] = ()
    """In the airline's words, also ones we do not know."""
    refund: Condition | None = None
    """Before departure; None: the airline does not say, which is no refusal."""
    change: Condition | None = None
    changes_by_airline: tuple[AirlineChange, ...] = ()
    """What the order itself shows of them; reading them at their own address may make one more."""


class Payment(Value):
    """A payment of an order."""

    payment_id: str
    amount: Money
    status: str | None
    """`succeeded`, or another word; None where an older answer has none."""
    paid_at: pendulum.DateTime


class Credit(Value):
    """What the airline gives back as a voucher of its own."""

    amount: Money
    code: str | None
    issued_on: date | None


class Cancellation(Value):
    """What giving an order back returns: a quote until it is confirmed."""

    cancellation_id: str
    order_id: str
    refund: Money | None
    """None: the airline does not say."""
    refund_to: str | None
    """`balance`, `arc_bsp_cash`, `card`, `voucher`, `airline_credits`, `awaiting_payment`, or a word we do not know."""
    credits: tuple[Credit, ...]
    expires_at: pendulum.DateTime | None
    confirmed_at: pendulum.DateTime | None

    @property
    def words(self) -> str:
        """What comes back, in words for an officer."""
        if self.refund is None:
            return "an amount it does not name"
        if self.refund.amount_minor == 0:
            return "nothing"
        return f"{self.refund} to {(self.refund_to or 'nobody says where').replace('_', ' ')}"


class ChangeOffer(Value):
    """What a change that we ask for would cost; once taken, the change itself."""

    change_id: str
    """Of the offer, or of the change once it is taken."""
    removed: Itinerary | None
    added: Itinerary | None
    difference: Money
    """To be paid; zero or below when nothing is."""
    total: Money
    penalty: Money | None
    refund_to: str | None
    expires_at: pendulum.DateTime | None
    confirmed_at: pendulum.DateTime | None


class Service(Value):
    """Something sold beside a seat: a bag, or a place in a row."""

    service_id: str
    kind: str
    passenger_ids: tuple[str, ...]
    price: Money
    at_most: int


class Place(Value):
    """One place in a cabin, and what it costs whom."""

    designator: str
    segment_id: str
    services: tuple[Service, ...]
    """Empty: it is not for sale."""


class Batch(Value):
    """A search whose offers come in batches; each reading shows new ones only."""

    batch_id: str
    remaining: int


class Subscription(Value):
    """A receiver of the airline's events; there is one in each mode."""

    subscription_id: str
    url: str
    events: tuple[str, ...]
    is_active: bool
    secret: SecretStr | None
    """Told once, when it is made."""

"""Airline changes: one that was agreed to, or is too small to ask about, is accepted there; never another one."""

from models.intent import Act, Intent, IntentState
from tasks import case_file, intents
from tasks.partners.airline import Airline
from tasks.partners.errors import OutcomeUnknown, PartnerRefused, PartnerUnavailable

STALE = "stale_airline_initiated_change_accept"


def accept(reference: str, order_id: str, change_id: str) -> bool:
    """
    Have the airline note that a change is accepted; return False where a later one has replaced it.

    Accepting the same change twice is accepting it once, so after a doubt the order is read and it is sent again.

    Raises:
        PartnerUnavailable: it did not answer clearly; the change is looked at again.
        PartnerRefused: it does not let this change be accepted.
    """
    return _is_accepted(order_id, change_id) or _accept(reference, change_id)


def _is_accepted(order_id: str, change_id: str) -> bool:
    with Airline() as airline:
        shown = {change.change_id: change for change in airline.read_order(order_id).changes_by_airline}
    return change_id in shown and shown[change_id].action_taken is not None


def _accept(reference: str, change_id: str) -> bool:
    """Send an acceptance once, intent first; return False where a later change has replaced this one."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        earlier = intents.unsettled(session, reference, Act.accept_change, change_id)
        if earlier is not None:
            intents.settle(session, earlier, IntentState.refused, words="the airline shows it as not accepted")
        intent = intents.write(session, case, Act.accept_change, change_id)
    try:
        with Airline() as airline:
            airline.accept_change(change_id)
    except PartnerRefused as refused:
        _settle(intent, IntentState.refused, words=str(refused))
        if refused.code != STALE:
            raise
        return False
    except PartnerUnavailable as unsent:
        _settle(intent, IntentState.refused, words=str(unsent))
        raise
    except OutcomeUnknown as unknown:
        _settle(intent, IntentState.unknown, words=str(unknown))
        raise PartnerUnavailable("airline", "gave no clear answer to the acceptance of its change") from unknown
    _settle(intent, IntentState.done, words=None)
    return True


def _settle(intent: Intent, state: IntentState, *, words: str | None) -> None:
    with case_file.transaction() as session:
        intents.settle(session, session.get_one(Intent, intent.id, with_for_update=True), state, words=words)

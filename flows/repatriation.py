"""The journey of one person, on one screen."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import gate
from flows.booking import book_travel
from flows.ending import end_journey
from flows.funding import fund_journey
from flows.handoff import hand_over
from flows.travel_document import authorise_document, release_document
from flows.verification import clear_lookouts, verify_identity
from models.case import Step
from tasks.engine import RUN_RETRIES, RUN_RETRY_DELAY_S

STEPS = {
    Step.lookout: clear_lookouts,
    Step.verification: verify_identity,
    Step.authorise: authorise_document,
    Step.booking: book_travel,
    Step.funding: fund_journey,
    Step.release: release_document,
    Step.handoff: hand_over,
    # In between, when something stands in the way, and when the journey is stopped:
    Step.help: gate.wait_for_help,
    Step.ending: end_journey,
}


@flow(flow_run_name="{reference}", persist_result=False, retries=RUN_RETRIES, retry_delay_seconds=RUN_RETRY_DELAY_S)
def repatriate(reference: str) -> State[None]:
    """
    Bring one person home; safe to start again from the top at any time.

    The parameter is a case reference such as KHM-2026-0042 and never a name. A reference nobody can work on ends the
    run Completed with the reason as its message. A resumed run starts here too, and finds by the case's own facts
    what is left to do.
    """
    with gate.claimed(reference) as refusal:
        if refusal is not None:
            return Completed(message=refusal)
        gate.hear(reference)
        while (step := gate.next_step(reference)) is not None:
            gate.attend(STEPS[step], reference, step)
        return Completed(message=gate.leave(reference))

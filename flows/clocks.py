"""The clocks: what happens by itself, at its time."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from tasks import (
    archiving,
    booking,
    calls,
    case_file,
    countersigning,
    delivery,
    disruption,
    expiry,
    hits,
    losses,
    messages,
    meters,
    referrals,
    reminders,
    seals,
    silence,
    situation,
    stock,
    takeover,
    triage,
)
from tasks.clock import now
from tasks.rounds import Round


@flow(flow_run_name="sweep", persist_result=False)
def sweep() -> State[None]:
    """Find cases that stand still although nobody must answer, and set them going."""
    found = calls.discreet(takeover.sweep)()
    meters.ticked("sweep")
    words = ", ".join(f"{reference}: {finding}" for reference, finding in found.items()) or "all go on"
    return (Failed if takeover.Finding.unmended in found.values() else Completed)(message=words)


@flow(flow_run_name="remind", persist_result=False)
def remind() -> State[None]:
    """Remind officers of what waits for them, take up the ladder what nobody decides, and deliver their messages."""
    this_round = Round("reminding")
    words = _remind(this_round)
    meters.ticked("remind")
    return Failed(message=f"{this_round.words}; {words}") if this_round.failed else Completed(message=words)


@calls.discreet
def _remind(this_round: Round) -> str:
    at = now()
    triage.renew_all()
    reminded = reminders.remind(at=at, within=this_round)
    unsigned = countersigning.sound_overdue(at=at, within=this_round)
    silent = silence.sound_overdue(at=at, within=this_round)
    untold = hits.sound_overdue(at=at, within=this_round)
    unanswered = referrals.keep_clocks(at=at, within=this_round)
    expired = expiry.end_expired(at=at, within=this_round)
    uncounted = stock.sound_uncounted(at=at)
    unhanded = delivery.sound_undelivered(at=at, within=this_round)
    owed = losses.tell_owed()
    kept = booking.keep_clocks(at=at, within=this_round).words
    unsealed = seals.sound_missing(at=at)
    late_report = situation.make_missing(at=at)
    unarchived = archiving.sound_standing_still(at=at)
    messages.tidy()
    delivered = messages.deliver(at=at)
    rungs = ", ".join(f"{each.reference}: {each.rung}" for each in reminded) or "nobody to remind"
    late = f"{unsigned} later signatures overdue; " if unsigned else ""
    unheard = f"{silent} not heard of in time; " if silent else ""
    unheard += f"{untold} agencies not told in time; " if untold else ""
    unheard += f"{unanswered} agencies have not answered in time; " if unanswered else ""
    unheard += f"{unhanded} not handed their document in time; " if unhanded else ""
    unheard += f"{expired} documents expired unused; " if expired else ""
    unheard += f"{uncounted} missions without their daily count; " if uncounted else ""
    unheard += f"{owed} losses the list has not taken; " if owed else ""
    open_to_change = "the audit chain has no seal for a day; " if unsealed else ""
    open_to_change += "the archive does not follow; " if unarchived else ""
    open_to_change += f"{late_report.name} made late; " if late_report else ""
    seats = f"{kept}; " if kept else ""
    return f"{rungs}; {seats}{late}{unheard}{open_to_change}{delivered.sent} mails sent, {delivered.failed} failed"


@flow(flow_run_name="watch", persist_result=False)
def watch() -> State[None]:
    """Read again the orders of whoever is to fly, and ask officers about what the airline changed."""
    this_round = Round("reading the order")
    words = f"{_watch(this_round)} changed"
    meters.ticked("watch")
    return Failed(message=f"{this_round.words}; {words}") if this_round.failed else Completed(message=words)


@calls.discreet
def _watch(this_round: Round) -> int:
    return disruption.watch(at=now(), within=this_round)


@flow(flow_run_name="seal", persist_result=False)
def seal() -> State[None]:
    """Have the newest event of the audit chain sealed; a failure fails the run, and is an alarm."""
    made = seals.seal_by_night()
    meters.ticked("seal")
    return Completed(message=f"sealed up to event {made.seq}")


@flow(flow_run_name="report", persist_result=False)
def report() -> State[None]:
    """Count and keep the situation report of this hour; a run that comes twice makes one."""
    made = _report()
    meters.ticked("report")
    return Completed(message=f"made {made}")


@calls.discreet
def _report() -> str:
    return situation.make(by=case_file.RUN).name

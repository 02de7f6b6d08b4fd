"""Many at once: one action begins the journeys of an operation, each as a run of its own that may wait on its own."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from tasks import calls, operations

AT_ONCE = 100
"""
People a run begins; the next begins in a run of its own. On a worker that is busy with them already a thousand would
take longer than a run may work (`HOMEWARD_SEGMENT_LASTS_S`).
"""

_begin = calls.read_call(operations.begin).task.with_options(task_run_name="{reference}")
_go_on = calls.read_call(operations.go_on).task.with_options(task_run_name="the next")


@flow(flow_run_name="{operation}", persist_result=False)
def operate(operation: str, after: str | None = None) -> State[None]:
    """
    Begin the journey of everybody in an operation whose case is open and has had no run; safe to start again.

    The parameter is the operation's short name, such as khm-2026-11. Each person shows as a task named by the case's
    reference, failed where the journey could not begin; the others go on. The journeys are runs of their own and no
    subflows, because a subflow cannot suspend while an officer decides. Of many, `after` is the last case the run
    before this one began.
    """
    waiting, held = calls.discreet(operations.ready)(operation, after=after)
    references = waiting[:AT_ONCE]
    states = {reference: _begin(reference, return_state=True) for reference in references}
    not_begun = [reference for reference, state in states.items() if not state.is_completed()]
    words = f"{len(references) - len(not_begun)} journeys begun"
    goes_on = True
    if to_follow := len(waiting) - len(references):
        goes_on = _go_on(operation, after=references[-1], run_id=str(flow_run.id), return_state=True).is_completed()
        words += f"; {to_follow} more {'follow in the next run' if goes_on else 'wait: the next run was not made'}"
    if held:
        words += f"; {held} wait for a word about a duplicate"
    if not_begun or not goes_on:
        calls.discreet(operations.alarm_not_begun)(operation)
        return Failed(message=f"{words}; not begun: {', '.join(not_begun)}" if not_begun else words)
    return Completed(message=words)

"""Many at once: one action begins the journeys of an operation, each as a run of its own that may wait on its own."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from tasks import calls, operations

_begin = calls.read_call(operations.begin).task.with_options(task_run_name="{reference}")


@flow(flow_run_name="{operation}", persist_result=False)
def operate(operation: str) -> State[None]:
    """
    Begin the journey of everybody in an operation whose case is open and has had no run; safe to start again.

    The parameter is the operation's short name, such as khm-2026-11. Each person shows as a task named by the case's
    reference, failed where the journey could not begin; the others go on. The journeys are runs of their own and no
    subflows, because a subflow cannot suspend while an officer decides.
    """
    references, held = calls.discreet(operations.ready)(operation)
    states = {reference: _begin(reference, return_state=True) for reference in references}
    not_begun = [reference for reference, state in states.items() if not state.is_completed()]
    words = f"{len(references) - len(not_begun)} journeys begun"
    if held:
        words += f"; {held} wait for a word about a duplicate"
    if not_begun:
        return Failed(message=f"{words}; not begun: {', '.join(not_begun)}")
    return Completed(message=words)

"""`make tour`: one case home, where the newcomer presses Resume once; the drill's officers decide the rest."""

import subprocess
import sys
import time
from pathlib import Path

from deployments.cli.terminal import REFUSED
from deployments.drill import walk
from deployments.stack.supervisor import running
from models.decision import Asking, Decision, Outcome, ReasonCode, Reply
from models.officer import Officer, Role
from tasks import decisions, doorbell, overview
from tasks.settings import Location, Mode, settings

_POLL_S = 0.5


def main() -> int:
    """Show a newcomer round; return the exit code."""
    if running(Location()) is None:
        _say("No stack is running; starting one.\n")
        homeward = str(Path(sys.executable).with_name("homeward"))
        if (started := subprocess.run([homeward, "up", "--detach"], check=False)).returncode:
            return started.returncode
    if settings().mode is Mode.live:
        _say("The tour is for drills; this installation is live.")
        return REFUSED
    try:
        return _tour()
    except KeyboardInterrupt:
        _say("\nThe tour ends here. The case waits where it is, like any other: `homeward inbox --all`.")
        return REFUSED


def _tour() -> int:
    reference = walk.open_example()
    if (refusal := doorbell.start(reference)) is not None:
        _say(refusal)
        return REFUSED
    _say(f"1. Case {reference} is open: one person, detained in Poipet. Its run looks them up in the registry …\n")
    asking = walk.wait_for_question(reference)
    if asking is None:
        _say(f"Case {reference} ended before its first question.")
        return REFUSED
    decider = walk.decider_of(asking)
    _show_question(asking, decider)
    decided = _wait_for_resume(asking, decider)
    _say(f"\n   Recorded: {decided.officer}, {decided.outcome.value} at {decided.step.value}, by the Resume form.\n")
    _say("4. The run went on by itself. The drill's officers decide the rest, each with a code of their own:\n")

    def tell(question: Asking, decision: Decision, waited_s: float) -> None:
        _say(f"   {waited_s:5.1f} s  {question.step.value:<26} decided by {decision.officer}, {decision.role.value}")

    walk.walk_home(reference, tell=tell)
    seen = overview.of(reference, reader=walk.officer_for(Role.coordinator))
    _say(f"\n5. Case {reference} is {seen.status}. What happened, and its papers:\n")
    _say(f"   homeward case show {reference}")
    _say(f"   {settings().desk_url}/papers/{reference}\n")
    _say("The stack goes on running; stop it with `.venv/bin/homeward down`.")
    return 0


def _show_question(asking: Asking, decider: Officer) -> None:
    evidence = decisions.evidence(asking.reference, reader=decider, purpose="tour")
    if evidence is None:
        raise walk.Stalled(f"case {asking.reference} shows no evidence for {asking.step}")
    _say(f"2. It stops and asks the {asking.role.value}. This is what that officer sees:\n")
    for heading, captions in evidence.sections:
        _say(f"   {heading}")
        for caption, value in captions:
            _say(f"      {caption:<26} {value}")
    engine = settings().prefect_api_url.removesuffix("/api")
    auth = settings().prefect_api_auth_string
    _say("\n3. Now you are that officer. Open the run, press Resume, and fill in the form:\n")
    _say(f"   run        {engine}/runs/flow-run/{asking.flow_run_id}")
    if auth is not None:
        _say(f"   password   {auth.get_secret_value()}")
    _say(f"   officer    {decider.number}")
    _say("   code       shown below; a new one every half minute")
    _say(f"   letters    {_letters(evidence)}")
    _say("   decision   approve, reason in_order. Try a wrong code or another decision first: it only asks again and")
    _say("              says why; each question has letters of its own.\n")


def _letters(evidence: decisions.Evidence) -> str:
    return evidence.letters[Reply(Outcome.approve, ReasonCode.in_order)]


def _wait_for_resume(asking: Asking, decider: Officer) -> Decision:
    """Wait, however long, until the newcomer has decided; show fresh codes and every refusal."""
    reference, question, code = asking.reference, asking, ""
    while True:
        decision = walk.last_decision(reference)
        if decision is not None and decision.step is asking.step:
            return decision
        standing = walk.open_question(reference)
        if standing is not None and standing.id != question.id:
            question = standing
            _say(f"   Asked again. {standing.note or ''}")
            if (evidence := decisions.evidence(reference, reader=decider, purpose="tour")) is not None:
                _say(f"   letters now {_letters(evidence)}")
        if (fresh := walk.fresh_code(decider.number)) != code:
            code = fresh
            _say(f"   code now   {code}")
        time.sleep(_POLL_S)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())

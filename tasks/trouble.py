"""What makes a step leave its place: it asks a person instead of failing, or looks anew."""

import sys
import traceback


class NeedsPerson(Exception):
    """A step cannot go on by itself: a coordinator must correct something, choose, or stop."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class UnexpectedFailure(Exception):
    """A fault of our own; names its type and place in the code, and none of its words, which may hold a name."""


class Overtaken(Exception):
    """While a question was prepared somebody decided, corrected or stopped; the run looks anew instead of asking."""


def type_and_place(fault: BaseException) -> str:
    """Return what kind of fault it is and where in our code, and none of its words, which may hold a name."""
    frames = traceback.extract_tb(fault.__traceback__)
    frame = next((f for f in reversed(frames) if "site-packages" not in f.filename), frames[-1])
    module = next((n for n, m in list(sys.modules.items()) if getattr(m, "__file__", None) == frame.filename), "?")
    return f"{type(fault).__name__} at {module}:{frame.lineno}"

"""What makes a step leave its place: it asks a person instead of failing, or looks anew."""


class NeedsPerson(Exception):
    """A step cannot go on by itself: a coordinator must correct something, choose, or stop."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class UnexpectedFailure(Exception):
    """A fault of our own; names its type and place in the code, and none of its words, which may hold a name."""


class Overtaken(Exception):
    """While a question was prepared somebody decided, corrected or stopped; the run looks anew instead of asking."""

"""Help: what a coordinator is shown when something stands in the way of a step."""

from models.evidence import Content, Section


class HelpProposal(Content):
    """What stands in the way, since when, and what each answer will do."""

    step: str
    code: str
    words: str
    said: str | None = None
    """Free words of the officer who asked or returned."""
    noted_at: str

    def sections(self) -> list[Section]:
        """Return the trouble and the three ways out of it."""
        return [
            ("In the way", [("Step", self.step), ("What", self.words), *([("Said", self.said)] if self.said else []),
                            ("Since", self.noted_at), ("Code", self.code)]),
            ("Your answer", [
                ("approve", "try again, or go on after you corrected what was wrong"),
                ("return", "go back to the stage you name"),
                ("reject", "stop the journey and undo it; the person stays in your charge"),
            ]),
        ]  # fmt: skip

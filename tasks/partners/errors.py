"""The five ways a partner can fail us, named after what the caller does next."""


class PartnerError(Exception):
    """A partner failed; the text holds the partner's name, a status and a code, never what was sent or received."""

    def __init__(
        self,
        partner: str,
        what: str,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(f"{partner} {what}")
        self.partner, self.what, self.status, self.code, self.request_id = partner, what, status, code, request_id


class PartnerUnavailable(PartnerError):
    """A read got no answer, or the partner is overloaded or broken: try again later."""


class NotThereYet(PartnerUnavailable):
    """What we look for after a doubt is not shown yet; absence is no proof: read again, and then a person decides."""


class PartnerRefused(PartnerError):
    """A clear no: ask a person."""


class PartnerAlreadyDone(PartnerError):
    """An earlier call of ours arrived: carry on as if this one had."""


class PartnerAnswerUnclear(PartnerError):
    """An answer of a shape or with a value we do not know: ask a person, and alarm, for someone must change code."""


class OutcomeUnknown(PartnerError):
    """A call that changes something ended without a clear answer: reconcile by reading, never repeat."""

"""
Decisions: propose, ask, record.

Owns what was shown, who was asked and what was answered, and is the only code that records a decision, whichever door
it came through. Does not own what is carried out afterwards (the stage modules) nor when (flows).
"""

from tasks.decisions.cancelling import cancel
from tasks.decisions.consequences import trouble_is_over
from tasks.decisions.gate import (
    ask,
    close_lapsed,
    is_shown,
    lapsed,
    mark_shown,
    note_trouble,
    open_trouble,
    question_markdown,
    tags_for,
    tags_while_working,
)
from tasks.decisions.hearing import hear, is_answered, last_questions, newest_question
from tasks.decisions.inbox import Waiting, inbox, waits_for
from tasks.decisions.proposals import (
    Evidence,
    approval,
    approval_of,
    close_question,
    content_of,
    evidence,
    fitting,
    is_proposed,
    live,
    open_asking,
    portrait,
    propose,
    supersede,
    withdraw,
)
from tasks.decisions.record import AnswerRefused, Recorded, record
from tasks.decisions.ruling import close_if_rule_changed, close_where_rule_changed
from tasks.decisions.sheets import Signed, sheets, sign
from tasks.decisions.voiding import replace_sheet, void_document, void_from
from tasks.signatures import mandates, may_look, rule_of

__all__ = [
    "AnswerRefused",
    "Evidence",
    "Recorded",
    "Signed",
    "Waiting",
    "approval",
    "approval_of",
    "ask",
    "cancel",
    "close_if_rule_changed",
    "close_lapsed",
    "close_question",
    "close_where_rule_changed",
    "content_of",
    "evidence",
    "fitting",
    "hear",
    "inbox",
    "is_answered",
    "is_proposed",
    "is_shown",
    "lapsed",
    "last_questions",
    "live",
    "mandates",
    "mark_shown",
    "may_look",
    "newest_question",
    "note_trouble",
    "open_asking",
    "open_trouble",
    "portrait",
    "propose",
    "question_markdown",
    "record",
    "replace_sheet",
    "rule_of",
    "sheets",
    "sign",
    "supersede",
    "tags_for",
    "tags_while_working",
    "trouble_is_over",
    "void_document",
    "void_from",
    "waits_for",
    "withdraw",
]

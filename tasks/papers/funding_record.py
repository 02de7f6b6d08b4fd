"""The funding record: what the journey costs, at which rates, who decided, and how the ledger shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pendulum

from models.funding import BOOK_CURRENCY, Cost, CostKind, Payer, total
from models.ledger import Entry, Posting, is_balanced
from models.money import Money
from tasks.papers import layout, page
from tasks.papers.layout import Block, Cell, Column, Field, Frame
from tasks.papers.page import Align
from tasks.papers.words import ACCOUNTS, COST_KINDS, ENTRIES, PAYERS, Words, clocks

TITLE = Words("경비 기록", "Funding record")

_NO_LIMIT = Words("한도 없음", "No upper limit applies")
_NOTHING = Words("없음", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingDecision:
    """Who decided, why, and when."""

    officer: str
    """Officer number, for example `O-11`."""
    reason_code: str
    decided_at: pendulum.DateTime


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivatePaymentNote:
    """What somebody paid from their own pocket and may claim."""

    payer: Payer
    amount: Money
    noted_at: pendulum.DateTime


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedTransaction:
    """One balanced transaction of the ledger; a debit is positive, a credit negative."""

    entry: Entry
    posted_at: pendulum.DateTime
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What proves a payment or a ticket."""

    what: Words
    reference: str
    at: pendulum.DateTime | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FundingRecordContent:
    """What one funding record states."""

    reference: str
    traveller_hangul: str
    traveller_latin: str
    costs: tuple[Cost, ...]
    """Each with its own currency, rate, the rate's source and day; the total in KRW is their sum."""
    commitment_id: str
    decision: FundingDecision
    private_payments: tuple[PrivatePaymentNote, ...]
    transactions: tuple[PostedTransaction, ...]
    evidence: tuple[Evidence, ...]
    moment: pendulum.DateTime
    local_zone: str
    specimen: bool

    def __post_init__(self) -> None:
        """Refuse a ledger that does not balance: no such paper is ever printed."""
        if not all(is_balanced(list(transaction.postings)) for transaction in self.transactions):
            raise ValueError("the postings of a transaction do not balance")


def render(content: FundingRecordContent) -> bytes:
    """Return the funding record as PDF; raise ValueError for a character without a glyph."""
    frame = Frame(
        title=TITLE,
        reference=content.reference,
        moment=content.moment,
        local_zone=content.local_zone,
        specimen=content.specimen,
    )
    return layout.compose(frame, [
        layout.person(content.traveller_hangul, content.traveller_latin),
        layout.gap(2),
        *_decision(content),
        layout.section(Words("항목별 경비", "Cost by item")),
        *_costs(content.costs),
        layout.gap(2),
        layout.row(Field(Words("한도", "Limit"), str(_NO_LIMIT), 12, page.STRONG)),
        layout.section(Words("개인이 먼저 낸 돈", "Paid privately, to be paid back")),
        *_private_payments(content),
        layout.section(Words("장부", "Ledger")),
        *_ledger(content),
        layout.section(Words("지급과 발권 증빙", "Evidence of payment and tickets")),
        *_evidence(content),
    ])  # fmt: skip


def _decision(content: FundingRecordContent) -> list[Block]:
    decision = content.decision
    return [
        layout.row(
            Field(Words("총액", "Total"), str(total(content.costs)), 5, page.NAME),
            Field(Words("결정", "Decided by"), decision.officer, 2, page.STRONG),
            Field(Words("사유 코드", "Reason code"), decision.reason_code, 5),
        ),
        layout.row(
            Field(Words("결정 시각", "Decided at"), clocks(decision.decided_at, content.local_zone), 7),
            Field(Words("약정 번호", "Commitment"), content.commitment_id, 5),
        ),
    ]


def _costs(costs: Sequence[Cost]) -> list[Block]:
    columns = [
        Column(Words("항목", "Item"), 32),
        Column(Words("부담", "Paid by"), 30),
        Column(Words("금액", "Amount"), 38, Align.right),
        Column(Words("환율과 출처", "Rate and its source"), 36, Align.right),
        Column(Words("원화", "In KRW"), 35, Align.right),
    ]
    rows = [_cost(cost) for cost in costs]
    return layout.table(columns, rows, total=[str(Words("합계", "Total")), "", "", "", str(total(tuple(costs)))])


def _cost(cost: Cost) -> list[Cell]:
    rate = (f"{Decimal(cost.rate):,f}", cost.rate_source, f"{cost.rate_on:%Y-%m-%d}")
    return [
        _cell(COST_KINDS[cost.kind]),
        _cell(PAYERS[cost.payer]),
        str(cost.money),
        ("–",) if cost.currency == BOOK_CURRENCY else rate,
        str(cost.in_book_currency),
    ]


def _private_payments(content: FundingRecordContent) -> list[Block]:
    if not content.private_payments:
        return layout.paragraph(str(_NOTHING))
    columns = [
        Column(Words("누가", "By"), 54),
        Column(Words("기록 시각", "Noted at"), 79),
        Column(Words("금액", "Amount"), 38, Align.right),
    ]
    return layout.table(columns, [
        (_cell(PAYERS[note.payer]), clocks(note.noted_at, content.local_zone), str(note.amount))
        for note in content.private_payments
    ])  # fmt: skip


def _ledger(content: FundingRecordContent) -> list[Block]:
    columns = [
        Column(Words("거래", "Transaction"), 52),
        Column(Words("계정", "Account"), 51),
        Column(Words("차변", "Debit"), 34, Align.right),
        Column(Words("대변", "Credit"), 34, Align.right),
    ]
    rows: list[Sequence[Cell]] = []
    for transaction in content.transactions:
        named: Cell = (str(ENTRIES[transaction.entry]), *clocks(transaction.posted_at, content.local_zone))
        for posting in transaction.postings:
            rows.append([named, *_posting(posting)])
            named = ""
    return layout.table(columns, rows) if rows else layout.paragraph(str(_NOTHING))


def _posting(posting: Posting) -> list[Cell]:
    account = ACCOUNTS[posting.account]
    debit = posting.amount.amount_minor >= 0
    amount = str(posting.amount if debit else -posting.amount)
    return [(account.ko, f"{account.en} · {_item(posting.item)}"), amount if debit else "", "" if debit else amount]


def _item(item: str) -> str:
    """Return what a posting is for; items are kinds of cost, and a word of another origin stands as it is."""
    return str(COST_KINDS[CostKind(item)]) if item in set(CostKind) else item


def _cell(words: Words) -> Cell:
    return (words.ko, words.en)


def _evidence(content: FundingRecordContent) -> list[Block]:
    if not content.evidence:
        return layout.paragraph(str(_NOTHING))
    columns = [
        Column(Words("증빙", "Evidence"), 46),
        Column(Words("번호", "Reference"), 58),
        Column(Words("시각", "At"), 67),
    ]
    return layout.table(columns, [
        (_cell(proof.what), proof.reference, clocks(proof.at, content.local_zone) if proof.at else "–")
        for proof in content.evidence
    ])  # fmt: skip

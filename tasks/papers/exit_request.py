"""The request to the host country's authority to let a person leave: what is asked, of whom, for which journey."""

from dataclasses import dataclass, replace
from datetime import date

from models.itinerary import Itinerary
from models.person import Sex
from tasks.papers import layout, letter, page
from tasks.papers.layout import Block, Column, Field
from tasks.papers.letter import NOT_KNOWN, Letter
from tasks.papers.words import Words, khmer, reads_khmer

TITLE = Words("출국 허가 요청서", "Request for permission to exit")
_TITLE_IN_KHMER = khmer("លិខិត|ស្នើ|សុំ|អនុញ្ញាត|ឱ្យ|ចាកចេញ|ពី|ប្រទេស")

_TO = Words("출입국 관리 당국", "The immigration authority", "អគ្គនាយកដ្ឋានអន្តោប្រវេសន៍")
_REQUEST = Words(
    "귀 당국에 경의를 표하며, 위 사람이 아래 여정으로 출국할 수 있도록 허가하여 주시기를 요청합니다. "
    "출국 허가서를 발급하여 주시고, 체류 기간 초과에 따른 과태료가 있으면 그 금액을 서면으로 알려 주시거나 "
    "면제하여 주시기 바랍니다.",
    "This mission presents its compliments and requests that the person named here be permitted to leave on the "
    "journey stated below, that the exit permit be issued, and that any fine for overstay be stated in writing or "
    "waived.",
    khmer(
        "ស្ថានទូត|សូម|គោរព|ជូន| ហើយ|សូម|ស្នើ|សុំ|អនុញ្ញាត|ឱ្យ|បុគ្គល|ដែល|មាន|ឈ្មោះ|ខាងលើ| ចាកចេញ|ពី|ព្រះរាជាណាចក្រ|កម្ពុជា| "
        "តាម|ដំណើរ|ដែល|បាន|បញ្ជាក់|ខាងក្រោម| សូម|មេត្តា|ចេញ|លិខិត|អនុញ្ញាត|ចាកចេញ| និង|បញ្ជាក់|ជា|លាយលក្ខណ៍|អក្សរ| "
        "នូវ|ប្រាក់|ពិន័យ|លើស|ការ|ស្នាក់នៅ| ឬ|លើកលែង|ប្រាក់|ពិន័យ|នេះ។"
    ),
)
_ASSURANCE = Words(
    "이 사람은 여행증명서를 소지하고 이 여정 한 번으로 본국에 돌아가며, 본국 도착과 인수를 본 공관이 확인합니다.",
    "The person travels on an emergency travel document, for this one journey home; "
    "this mission sees to their reception.",
    khmer(
        "បុគ្គល|នេះ|ធ្វើ|ដំណើរ|ដោយ|ប្រើ|ឯកសារ|ធ្វើ|ដំណើរ|បន្ទាន់| សម្រាប់|តែ|ដំណើរ|ត្រឡប់|ទៅ|ប្រទេស|កំណើត|មួយ|លើក|នេះ| "
        "ហើយ|ស្ថានទូត|ទទួល|បន្ទុក|លើ|ការ|ទទួល|ខ្លួន។"
    ),
)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing the host country gives, wants or imposes, as far as it is known."""

    what: Words
    state: Words
    number: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ExitRequestContent(Letter):
    """What one request states."""

    sex: Sex | None
    born_on: date | None
    nationality: str | None
    document_number: str | None
    route: Itinerary | None
    stay_ended_on: date | None
    fine: str | None
    """The overstay fine by the day of leaving, as we compute it: `USD 120.00`."""
    items: tuple[Item, ...]


def render(content: ExitRequestContent) -> bytes:
    """Return the request as PDF, in Khmer too where the host country reads it; ValueError for a missing glyph."""
    return _composed(content)


def render_in_two_languages(content: ExitRequestContent) -> bytes:
    """Return the request as version 1 had it: Korean and English, whatever the host country reads."""
    return _composed(content, in_khmer=False)


def _composed(content: ExitRequestContent, *, in_khmer: bool = True) -> bytes:
    def said(words: Words) -> Words:
        return words if in_khmer else replace(words, km="")

    speaks_khmer = in_khmer and reads_khmer(content.reference)
    to = (str(_TO), _TO.km) if speaks_khmer else (str(_TO),)
    return letter.composed(TITLE, content, [
        *(_khmer_title() if speaks_khmer else []),
        letter.statement(said(_REQUEST), content.reference),
        letter.identity(
            sex=content.sex, born_on=content.born_on, nationality=content.nationality,
            document_number=content.document_number,
        ),
        layout.section(Words("여정", "Journey")),
        *letter.flights(content.route),
        layout.section(Words("출국에 필요한 것", "What leaving needs")),
        layout.row(
            Field(Words("체류 허가 만료일", "Permission to stay ended on"),
                  f"{content.stay_ended_on:%Y-%m-%d}" if content.stay_ended_on else NOT_KNOWN, 6),
            Field(Words("출국일까지의 과태료, 공관 계산", "Fine by the day of leaving, as we compute it"),
                  content.fine or NOT_KNOWN, 6),
        ),
        *_items(content.items),
        layout.gap(2.5),
        letter.statement(said(_ASSURANCE), content.reference),
        letter.signatures(Words("영사", "Consul"), Words("당국 기재란", "For the authority")),
    ], to=to)  # fmt: skip


def _khmer_title() -> list[Block]:
    return [*layout.paragraph(_TITLE_IN_KHMER, page.KHMER_TITLE), layout.gap(1)]


def _items(items: tuple[Item, ...]) -> list[Block]:
    columns = [
        Column(Words("항목", "Item"), 52),
        Column(Words("상태", "State"), 42),
        Column(Words("번호", "Number"), 33),
        Column(Words("유효", "Valid until"), 44),
    ]
    rows = [(str(i.what), str(i.state), i.number or NOT_KNOWN, i.until or NOT_KNOWN) for i in items]
    return layout.table(columns, rows)

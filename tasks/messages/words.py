"""What a message says, in Korean and in English: a case, a stage, a role and a time, read at three in the morning."""

from collections.abc import Sequence

from models.case import HOME_ZONE, Step, local_zone
from models.message import ALARM_WORDS, MOST_LISTED, AlarmKind, Message, MessageKind
from tasks.papers.words import ROLES, STAGES, Words, clocks
from tasks.settings import Mode, settings

SUBJECTS: dict[MessageKind, Words] = {
    MessageKind.question_waits: Words("결정 대기", "decision needed"),
    MessageKind.question_due_soon: Words("결정 기한 임박", "decision due soon"),
    MessageKind.question_overdue: Words("결정 기한 경과", "decision overdue"),
    MessageKind.escalated: Words("상급자 보고", "escalated"),
    MessageKind.alarm: Words("경보", "alarm"),
    MessageKind.break_glass: Words("긴급 단독 결정", "decided alone in an emergency"),
    MessageKind.countersign_due: Words("추인 필요", "countersignature needed"),
    MessageKind.countersign_overdue: Words("추인 기한 경과", "countersignature overdue"),
    MessageKind.review_due: Words("사후 검토 필요", "review needed"),
    MessageKind.answer_due_soon: Words("회신 기한 임박", "answer due soon"),
    MessageKind.report_ready: Words("상황 보고 작성됨", "situation report ready"),
    MessageKind.address_changed: Words("수신 주소 변경", "address changed"),
}
"""The few words a subject line has room for."""

OPENINGS: dict[MessageKind, Words] = {
    MessageKind.question_waits: Words(
        "귀하의 결정을 기다리는 사안이 있습니다. 증거를 확인하고 결정해 주십시오.",
        "Waiting for your decision. Please read the evidence and decide.",
    ),
    MessageKind.question_due_soon: Words(
        "결정 기한이 다가오고 있으나 아직 결정되지 않은 사안이 있습니다.",
        "Due soon, and nobody has decided yet.",
    ),
    MessageKind.question_overdue: Words(
        "결정 기한이 지난 사안이 있습니다. 결정이 있을 때까지 사안은 멈추어 있습니다.",
        "Overdue. Until somebody decides, the case stands still.",
    ),
    MessageKind.escalated: Words(
        "기한이 지나도록 결정이 없어 보고드립니다. 담당관이 결정할 수 있도록 조치해 주십시오.",
        "Nobody has decided long after the due time. Please see to it that an officer of the role decides.",
    ),
    MessageKind.alarm: Words("확인이 필요한 일이 발생하였습니다.", "Something happened that you must look at."),
    MessageKind.break_glass: Words(
        "한 담당관이 긴급 절차에 따라 단독으로 결정하였습니다. 확인해 주십시오.",
        "An officer decided alone under the emergency procedure. Please look at it.",
    ),
    MessageKind.countersign_due: Words(
        "귀하의 추인을 기다리는 결정이 있습니다.", "A decision waits for your countersignature."
    ),
    MessageKind.countersign_overdue: Words("추인 기한이 지났습니다.", "The countersignature of a decision is overdue."),
    MessageKind.review_due: Words("사후 검토할 결정이 있습니다.", "A decision waits for its review."),
    MessageKind.answer_due_soon: Words(
        "귀하가 조회를 요청한 기관이 아직 회신하지 않았습니다. 기한 전에 다시 연락하여 주십시오.",
        "An agency you asked has not answered yet. Please ask it again before the answer is due.",
    ),
    MessageKind.report_ready: Words(
        "상황 보고가 작성되었습니다. 업무 화면에 들어가 열어 주십시오.",
        "A situation report is ready. Sign in at the desk to open it.",
    ),
    MessageKind.address_changed: Words(
        "귀하에게 알림이 가는 주소가 변경되었습니다. 변경하신 적이 없다면 즉시 등록 담당관에게 알려 주십시오.",
        "Where messages reach you was changed. If you did not ask for that, tell the registrar at once.",
    ),
}
"""The first sentence of each kind."""

ALARMS: dict[AlarmKind, str] = {
    AlarmKind.countersign_overdue: "한 담당관이 단독으로 결정한 사항이 기한 내에 추인되지 않았습니다.",
    AlarmKind.countersign_objected: "단독 결정에 이의가 제기되었습니다. 되돌릴 수 있는 것은 되돌려 주십시오.",
    AlarmKind.officer_locked: "이 담당관 이름으로 틀린 번호가 거듭 입력되어 잠겼습니다. 본인인지 확인해 주십시오.",
    AlarmKind.run_ended: "실행이 외부에서 삭제되었거나 종료되어 다시 시작하였습니다.",
    AlarmKind.run_given_up: "실행할 때마다 프로세스가 종료되어 다시 시작하지 않습니다. 시스템 기록을 확인해 주십시오.",
    AlarmKind.not_begun: "작전의 일부가 시작되지 않았습니다. 작전을 다시 시작하면 남은 사람만 시작됩니다.",
    AlarmKind.run_cancelled: "실행이 취소되었습니다. 이로써 결정된 것은 없으며 총괄 담당관의 판단을 기다립니다.",
    AlarmKind.form_lost: "질문의 입력 양식이 없어졌거나 상태가 강제로 변경되어 다시 질문합니다.",
    AlarmKind.resumed_without_answer: "답변 없이 실행이 재개되었습니다. 결정된 것은 없습니다.",
    AlarmKind.seal_refused: "봉인기가 감사 기록의 봉인을 거부하였습니다. 변조되었을 수 있으니 확인하여 주십시오.",
    AlarmKind.seal_missing: "감사 기록이 하루 동안 봉인되지 않았습니다. 봉인기가 작동하는지 확인하여 주십시오.",
    AlarmKind.contact_overdue: "기한까지 당사자의 안전이 확인되지 않았습니다. 즉시 연락하고 소재를 기록하여 주십시오.",
    AlarmKind.holder_not_told: "관계 기관에 대한 통보 기한이 지났습니다. 통보하고 그 사실을 기록하여 주십시오.",
    AlarmKind.agency_silent: "조회를 요청한 기관이 기한까지 회신하지 않았습니다. 전화로 확인하여 주십시오.",
    AlarmKind.nobody_decides: "이 단계를 결정할 수 있는 담당관이 없습니다. 담당관을 등록하여 주십시오.",
    AlarmKind.deployment_changed: "엔진의 배포 또는 일정이 삭제, 중지 또는 변경되어 다시 등록합니다.",
    AlarmKind.stock_differs: "공관에서 센 문서의 수가 장부와 다릅니다. 다시 세고 차이를 밝혀 주십시오.",
    AlarmKind.stock_not_counted: "공관의 문서 용지를 하루 동안 세지 않았습니다. 두 사람이 세어 기록하여 주십시오.",
    AlarmKind.expired_on_the_way: "당사자가 이동한 뒤 문서의 유효기간이 끝났습니다. 소재를 확인하여 주십시오.",
    AlarmKind.sheet_gone_on_the_way: "당사자가 이동 중에 문서를 잃어버렸습니다. 당직 영사에게 즉시 알려 주십시오.",
    AlarmKind.not_delivered: "출발이 임박하였으나 문서를 전달한 기록이 없습니다. 전달하고 기록하여 주십시오.",
    AlarmKind.loss_not_told: "분실 신고가 분실 문서 목록에 접수되지 않았습니다. 연락하여 확인하여 주십시오.",
    AlarmKind.stranded: "이동 중인 당사자의 항공편이 변경되거나 취소되었습니다. 당직 영사에게 즉시 알려 주십시오.",
    AlarmKind.two_orders: "항공사에 한 사람의 주문이 둘 있습니다. 맞지 않는 주문을 취소하여 주십시오.",
    AlarmKind.desk_silent: "항공사 담당 부서가 기한까지 답하지 않았습니다. 전화로 확인하거나 좌석을 바꾸어 주십시오.",
    AlarmKind.unaccompanied: "당사자와 동행할 사람이 없어졌습니다. 대신할 사람을 정하거나 당직 영사에게 알려 주십시오.",
    AlarmKind.report_missing: "상황 보고를 작성하지 못하여 다시 시도합니다. 시스템 기록을 확인하여 주십시오.",
    AlarmKind.archive_behind: "데이터베이스 기록이 백업에 닿지 않습니다. 백업 디스크와 남은 용량을 확인하여 주십시오.",
    AlarmKind.message_unclear: "통지의 형식을 알 수 없어 주문을 다시 조회합니다. 시스템 담당자에게 알려 주십시오.",
    AlarmKind.flight_crowded: "항공편의 호송 인원이 정원을 넘었습니다. 항공사와 협의하거나 좌석을 바꾸어 주십시오.",
    AlarmKind.round_failed: "알림 또는 재개 처리에 실패하여 다시 시도합니다. 시스템 기록을 확인하여 주십시오.",
}
"""What each alarm says in Korean; in English see `ALARM_WORDS`."""

_DRILL = Words("훈련", "DRILL")
_HELP = Words("지원 요청", "Help")
_ALL = Words("전체 사안", "All cases")


def subject(messages: Sequence[Message]) -> str:
    """Return the subject line: which case, and what about it."""
    first = messages[0]
    more = f" +{len(messages) - 1}" if len(messages) > 1 else ""
    drill = f"[{_DRILL}] " if settings().mode is Mode.drill else ""
    return f"{drill}{first.reference or _ALL}{more} {SUBJECTS[first.kind]}"


def body(messages: Sequence[Message], alarms: dict[int, AlarmKind]) -> str:
    """Return the text of one mail about messages of one kind: first all of it in Korean, then in English."""
    opening = OPENINGS[messages[0].kind]
    listed, more = messages[:MOST_LISTED], len(messages) - MOST_LISTED
    korean = [opening.ko, *(_lines(message, alarms, korean=True) for message in listed)]
    english = [opening.en, *(_lines(message, alarms, korean=False) for message in listed)]
    if more > 0:
        korean.append(f"그 밖에 {more}건: {settings().desk_url}")
        english.append(f"And {more} more: {settings().desk_url}")
    if settings().mode is Mode.drill:
        korean.insert(0, "훈련 상황입니다. 실제 사안이 아닙니다.")
        english.insert(0, "This is a drill and nobody's real case.")
    return "\n\n".join([*korean, "-" * 20, *english]) + "\n"


def _lines(message: Message, alarms: dict[int, AlarmKind], *, korean: bool) -> str:
    def say(words: Words) -> str:
        return words.ko if korean else words.en

    if message.kind is MessageKind.report_ready:
        return f"{_report_of(message)}\n{settings().desk_url}/reports/{report_number(message)}"
    lines = [message.reference or say(_ALL)]
    if message.step is not None:
        lines.append(f"{say(Words('단계', 'Stage'))}: {say(stage_words(message.step))}")
    if message.role is not None:
        lines.append(f"{say(Words('결정', 'Decides'))}: {say(ROLES[message.role])}")
    if message.due_at is not None and message.reference is not None:
        due = " · ".join(clocks(message.due_at, local_zone(message.reference)))
        lines.append(f"{say(Words('기한', 'Due'))}: {due}")
    if message.alarm_id is not None:
        kind = alarms[message.alarm_id]
        lines.append(ALARMS[kind] if korean else ALARM_WORDS[kind])
    lines.append(f"{settings().desk_url}/evidence/{message.reference}" if message.reference else settings().desk_url)
    return "\n".join(lines)


REPORT = "report-"
"""Before the number of a report, in what a message about it is about."""


def report_number(message: Message) -> int:
    """Return the number of the situation report a message is about."""
    return int(message.about.removeprefix(REPORT))


def _report_of(message: Message) -> str:
    """Return a report's number and when it was made, by Seoul's clock: `SR-0007, 2026-11-28 08:00 Asia/Seoul`."""
    return f"SR-{report_number(message):04d}, {message.made_at.in_timezone(HOME_ZONE):%Y-%m-%d %H:%M} {HOME_ZONE}"


def stage_words(step: Step) -> Words:
    """Return the stage a step belongs to, and no more: which step it is may itself tell something of the person."""
    return STAGES[step.stage] if step.stage else _HELP

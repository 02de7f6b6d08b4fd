import datetime as dt
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from apprise.plugins.custom_json import NotifyJSON
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import text
from sqlmodel import select

from deployments.stack.ground import take_port
from models.audit import AuditEvent
from models.case import Step
from models.message import (
    ALARM_WORDS,
    MOST_LISTED,
    STUCK_AFTER,
    AlarmKind,
    Message,
    MessageKind,
    OfficerAddress,
    try_again_in,
)
from models.officer import Officer, Role
from tasks import alarms, case_file, messages, reminders
from tasks.clock import now
from tasks.messages import mail as mailing
from tasks.messages import sender, words
from tasks.settings import SettingsUnusable, settings
from tests.conftest import Server
from tests.mailbox import MailServer, Service, mail_server, notification_service
from tests.tasks.asked import BORN_ON, PLANTED, House, later


@pytest.fixture
def house(case_database: Server) -> House:
    del case_database
    return House()


def mails_through(configured: pytest.MonkeyPatch, port: int, **more: str) -> None:
    variables = {"HOST": "127.0.0.1", "PORT": str(port), "FROM": "desk@homeward.example", **more}
    for name, value in variables.items():
        configured.setenv(f"HOMEWARD_SMTP_{name}", value)
    settings.cache_clear()


@pytest.fixture
def box(house: House, configured: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server that officers' mail goes through."""
    del house
    with mail_server() as running:
        mails_through(configured, running.port)
        yield running


@pytest.fixture
def service() -> Iterator[Service]:
    with notification_service() as running:
        yield running


def test_a_mail_goes_to_one_officer_in_two_languages_and_says_where_to_look(house: House, box: MailServer) -> None:
    asking = house.asks()

    assert messages.deliver(at=now()) == messages.Delivered(sent=1)

    (mail,) = box.arrived
    assert mail.to == [house.email(house.officers[Role.lookout_officer])]
    assert mail.letter["To"] == mail.to[0]
    assert mail.letter["Cc"] is mail.letter["Bcc"] is None
    assert mail.letter["Auto-Submitted"] == "auto-generated"
    assert mail.letter["Subject"] == f"[훈련 / DRILL] {asking.reference} 결정 대기 / decision needed"
    for language in ("귀하의 결정을 기다리는", "Waiting for your decision", "단계: 신원 확인", "Stage: Verification"):
        assert language in mail.text
    due = asking.due_at
    for zone in ("Asia/Seoul", "Asia/Phnom_Penh"):
        assert f"{due.in_timezone(zone):%Y-%m-%d %H:%M}" in mail.text
    assert mail.text.count(f"http://desk.test/evidence/{asking.reference}\n") == 2


def test_no_mail_of_any_kind_says_anything_about_the_person(house: House, box: MailServer) -> None:
    asking = house.asks()
    with case_file.transaction() as session:
        case = case_file.load(session, asking.reference)
        for kind in MessageKind:
            about = "report-1" if kind is MessageKind.report_ready else f"all:{kind}"
            messages.make(
                session, kind, about=about, reference=asking.reference, to=["O-01", "O-02", "O-03"],
                step=asking.step, role=asking.role, due_at=asking.due_at,
            )  # fmt: skip
        for alarm in AlarmKind:
            alarms.sound(session, case, alarm, about="all")
    reminders.remind(at=later(asking.due_at, days=1))

    while messages.deliver(at=later(now(), days=1)).sent:
        """A round lasts only so long."""

    assert len(box.arrived) >= len(MessageKind) * 3
    planted = [*PLANTED.values(), BORN_ON.isoformat(), "arrest_warrant", "warrant", "lookout", "presumed_victim", "KNP"]
    for mail in box.arrived:
        assert len(mail.to) == 1
        for value in (*planted, *PLANTED["name_latin"].split()):
            assert value.casefold() not in mail.text.casefold(), mail.text
            assert value.encode() not in mail.raw


def test_a_mail_the_server_refused_is_tried_again_and_is_the_same_mail(house: House, box: MailServer) -> None:
    house.asks()
    box.refuses = ["451 try again later"]
    at = now()

    assert messages.deliver(at=at) == messages.Delivered(failed=1)
    (refused,) = house.made()
    assert (refused.tries, refused.last_failure, refused.sent_at) == (1, "SMTPDataError", None)
    assert messages.deliver(at=later(at, seconds=29)) == messages.Delivered()
    assert messages.deliver(at=later(at, seconds=30)) == messages.Delivered(sent=1)
    assert messages.deliver(at=later(at, days=1)) == messages.Delivered()

    (mail,) = box.arrived
    assert mail.letter["Message-ID"] == f"<{refused.mail_id}@homeward.example>"


def test_a_mail_sent_twice_by_a_process_that_died_bears_the_same_message_id(
    house: House, box: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.asks()

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(sender, "_note", killed)
        with pytest.raises(KeyboardInterrupt):
            messages.deliver(at=now())
    house.asks()
    assert messages.deliver(at=now()) == messages.Delivered(sent=1)

    first, second = box.arrived
    assert first.raw == second.raw
    assert messages.deliver(at=later(now(), minutes=11)) == messages.Delivered(sent=1)
    assert box.arrived[2].letter["Message-ID"] != first.letter["Message-ID"]


def test_a_dead_server_loses_nothing_blocks_nobody_and_is_seen(
    house: House, configured: pytest.MonkeyPatch, service: Service
) -> None:
    port = take_port(0, "smtp")
    mails_through(configured, port)
    notified = house.enrol(Role.lookout_officer, mailed=False)
    messages.reach(notified, notify=f"json://127.0.0.1:{service.port}", by="test")
    asking, at = house.asks(), now()

    for tries in range(1, STUCK_AFTER + 1):
        messages.deliver(at=at)
        assert bool(messages.undelivered()) is (tries == STUCK_AFTER)
        at += try_again_in(tries)
    assert len(service.posted) == 1
    (stuck,) = messages.undelivered()
    assert (stuck.officer, stuck.count) == (house.officers[Role.lookout_officer], 1)
    assert stuck.reason == "ConnectionRefusedError"
    other = house.asks()

    with mail_server(port=port) as revived:
        messages.deliver(at=later(at, hours=1))
    arrived = "".join(mail.text for mail in revived.arrived)
    assert asking.reference in arrived
    assert other.reference in arrived
    assert messages.undelivered() == []
    assert all(message.sent_at for message in house.made())


def test_a_server_that_never_answers_is_given_up_and_tried_once_a_round(
    house: House, configured: pytest.MonkeyPatch
) -> None:
    house.asks()
    reminders.remind(at=later(house.asks().due_at, hours=1))
    configured.setattr(mailing, "TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mails_through(configured, silent.getsockname()[1])

        delivered = messages.deliver(at=now())

        silent.settimeout(0)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert delivered.failed > 1
    assert {message.last_failure for message in house.made()} == {"SMTPServerDisconnected"}


def test_an_address_that_cannot_be_opened_stops_nobody_elses_message(house: House, box: MailServer) -> None:
    number = house.officers[Role.lookout_officer]
    another = house.enrol(Role.lookout_officer)
    with case_file.transaction() as session:
        row = session.get_one(OfficerAddress, number)
        row.email_sealed = b"k1.changed by somebody"
        session.add(row)
    house.asks()

    assert messages.deliver(at=now()) == messages.Delivered(sent=1, failed=1)

    assert [arrived.to for arrived in box.arrived] == [[house.email(another)]]
    assert [m.last_failure for m in house.made(officer=number)] == ["SealBroken"]


def test_a_fault_in_somebodys_notification_service_stops_nobody_elses_message(
    house: House, box: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = house.officers[Role.lookout_officer]
    another = house.enrol(Role.lookout_officer)
    messages.reach(number, notify="json://127.0.0.1:9", by="test")

    def faulty(*_: object, **__: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(NotifyJSON, "send", faulty)
    house.asks()

    assert messages.deliver(at=now()) == messages.Delivered(sent=1, failed=1)
    assert {to for arrived in box.arrived for to in arrived.to} == {house.email(number), house.email(another)}
    assert [m.last_failure for m in house.made(officer=number)] == ["NotNotified"]


def test_what_comes_soon_after_a_mail_is_gathered_into_the_next_one(house: House, box: MailServer) -> None:
    first, at = house.asks(), now()
    messages.deliver(at=at)
    others = [house.asks() for _ in range(3)]

    messages.deliver(at=later(at, minutes=9))
    assert len(box.arrived) == 1
    messages.deliver(at=later(at, minutes=11))

    assert len(box.arrived) == 2
    second = box.arrived[1]
    assert first.reference not in second.text
    assert all(asking.reference in second.text for asking in others)
    assert f"{others[0].reference} +2" in str(second.letter["Subject"])


def test_an_escalation_does_not_wait_behind_a_quiet_mail(house: House, box: MailServer) -> None:
    asking = house.asks()
    messages.deliver(at=asking.due_at)
    reminders.remind(at=asking.due_at)

    messages.deliver(at=later(asking.due_at, seconds=3))

    overdue = [mail for mail in box.arrived if "overdue" in str(mail.letter["Subject"])]
    roles = (Role.lookout_officer, Role.coordinator)
    assert sorted(to for mail in overdue for to in mail.to) == sorted(house.email(house.officers[r]) for r in roles)


def test_the_same_message_is_never_made_twice(house: House) -> None:
    reference = house.opens()
    for _ in range(2):
        with case_file.transaction() as session:
            messages.make(session, MessageKind.review_due, about="one", reference=reference, to=["O-01", "O-02"])

    assert [message.officer for message in house.made()] == ["O-01", "O-02"]


def test_two_senders_at_one_moment_send_once(house: House, box: MailServer) -> None:
    house.asks()
    box.answers_after = threading.Event()
    done: list[messages.Delivered] = []
    first = threading.Thread(target=lambda: done.append(messages.deliver(at=now())))
    first.start()
    assert box.is_handed_one.wait(10)

    done.append(messages.deliver(at=now()))
    box.answers_after.set()
    first.join()

    assert done == [messages.Delivered(), messages.Delivered(sent=1)]
    assert len(box.arrived) == 1


def test_what_is_answered_before_it_goes_out_is_not_told(house: House, box: MailServer) -> None:
    house.answers(house.asks())

    assert messages.deliver(at=now()) == messages.Delivered()
    assert box.arrived == []
    assert [bool(message.dropped_at) for message in house.made()] == [True]


def test_a_question_closed_for_a_moment_and_asked_again_is_told_all_the_same(house: House, box: MailServer) -> None:
    asking = house.asks()
    box.refuses = ["451 not now"]
    messages.deliver(at=now())
    with case_file.transaction() as session:
        session.execute(text("UPDATE asking SET closed_at = now()"))

    assert messages.deliver(at=later(now(), hours=1)) == messages.Delivered()
    house.asks(reference=asking.reference)
    assert messages.deliver(at=later(now(), hours=2)) == messages.Delivered(sent=1)

    assert asking.reference in box.arrived[0].text
    assert len(house.made()) == 1


def test_an_officer_out_of_service_is_told_nothing_more(house: House, box: MailServer) -> None:
    house.asks()
    with case_file.transaction() as session:
        officer = session.get_one(Officer, house.officers[Role.lookout_officer])
        officer.active = False
        session.add(officer)

    messages.deliver(at=now())

    assert box.arrived == []


def test_without_a_mail_server_messages_wait_and_it_can_be_seen_why(house: House) -> None:
    house.asks()
    nowhere = house.enrol(Role.lookout_officer, mailed=False)
    house.asks()

    assert messages.deliver(at=now()) == messages.Delivered()

    assert [(each.officer, each.count, each.reason) for each in messages.undelivered()] == [
        (house.officers[Role.lookout_officer], 2, "HOMEWARD_SMTP_HOST is not set"),
        (nowhere, 1, "no address; see `homeward officers reach`"),
    ]
    assert all(message.tries == 0 for message in house.made())


def test_a_notification_goes_through_a_real_service_and_is_not_repeated_for_the_mail(
    house: House, configured: pytest.MonkeyPatch, service: Service, capfd: pytest.CaptureFixture[str]
) -> None:
    port = take_port(0, "smtp")
    mails_through(configured, port)
    number = house.officers[Role.lookout_officer]
    messages.reach(number, notify=f"json://user:s3cr3t@127.0.0.1:{service.port}/hook", by="test")
    asking, at = house.asks(), now()
    service.refuses = 1

    messages.deliver(at=at)
    messages.deliver(at=later(at, hours=1))
    with mail_server(port=port) as revived:
        messages.deliver(at=later(at, hours=2))
    messages.deliver(at=later(at, hours=3))

    (posted,) = service.posted
    assert asking.reference in posted["title"]
    assert f"http://desk.test/evidence/{asking.reference}" in posted["message"]
    assert len(revived.arrived) == 1
    (message,) = house.made()
    assert message.notified_at is not None
    assert message.sent_at is not None
    said = capfd.readouterr()
    assert "s3cr3t" not in said.out + said.err


@pytest.fixture
def certificate(tmp_path: Path, configured: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for this machine that this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    day = dt.timedelta(days=1)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - day)
        .not_valid_after(now() + day)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = signed.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "server.pem").write_bytes(private + public)
    (tmp_path / "trusted.pem").write_bytes(public)
    configured.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    return context


def test_a_mail_goes_encrypted_and_signed_in_where_the_server_offers_it(
    house: House, configured: pytest.MonkeyPatch, certificate: ssl.SSLContext
) -> None:
    house.asks()
    with mail_server(tls=certificate, password="right") as box:
        mails_through(configured, box.port, TLS="required", USER="homeward", PASSWORD="right")
        assert messages.deliver(at=now()) == messages.Delivered(sent=1)

    assert (box.arrived[0].private, box.arrived[0].signed_in) == (True, True)


@pytest.mark.parametrize("more", [{"TLS": "required"}, {"USER": "homeward", "PASSWORD": "right"}])
def test_nothing_is_sent_in_clear_that_must_not_be(house: House, box: MailServer, configured: pytest.MonkeyPatch,
                                                   more: dict[str, str]) -> None:  # fmt: skip
    house.asks()
    mails_through(configured, box.port, **more)

    assert messages.deliver(at=now()) == messages.Delivered(failed=1)
    assert box.arrived == []
    assert house.made()[0].last_failure == "NotPrivate"


def test_a_server_that_is_not_who_it_says_gets_nothing(
    house: House, configured: pytest.MonkeyPatch, certificate: ssl.SSLContext
) -> None:
    house.asks()
    configured.delenv("SSL_CERT_FILE")
    with mail_server(tls=certificate) as box:
        mails_through(configured, box.port)
        assert messages.deliver(at=now()) == messages.Delivered(failed=1)

    assert box.arrived == []
    assert house.made()[0].last_failure == "SSLCertVerificationError"


def test_where_an_officer_is_reached_is_sealed_and_stands_in_no_trail(house: House) -> None:
    number = house.officers[Role.coordinator]
    messages.reach(number, email="secret.name@mofa.example", notify="json://user:s3cr3t@127.0.0.1:9/hook", by=number)

    with case_file.transaction() as session:
        row = session.get_one(OfficerAddress, number)
        trail = str([event.fields for event in session.exec(select(AuditEvent))])
    for secret in ("secret.name", "s3cr3t"):
        assert secret.encode() not in (row.email_sealed or b"") + (row.notify_sealed or b"")
        assert secret not in trail
    assert messages.reached_by()[number] == ["email", "notify"]
    messages.reach(number, notify="", by=number)
    assert messages.reached_by()[number] == ["email"]


@pytest.mark.parametrize(
    ("email", "notify"),
    [
        ("a@b.example,c@d.example", None),
        ("Kim <a@b.example>", None),
        ("a@b.example\r\nBcc: c@d.example", None),
        ("nonsense", None),
        (None, "nonsense"),
        (None, "mailto://u:p@mofa.example"),
        (None, "json://127.0.0.1:1,json://127.0.0.1:2"),
    ],
)
def test_what_reaches_nobody_or_more_than_one_is_refused(house: House, email: str | None, notify: str | None) -> None:
    with pytest.raises(case_file.Refused, match="That is not one"):
        messages.reach(house.officers[Role.coordinator], email=email, notify=notify, by="test")


def test_what_was_told_can_neither_be_changed_nor_removed_by_the_application(house: House) -> None:
    house.asks()
    for forbidden in (
        "UPDATE message SET officer = 'O-01'",
        "UPDATE message SET kind = 'alarm'",
        "DELETE FROM message",
        "UPDATE escalation SET rung = 'x'",
        "DELETE FROM escalation",
        "UPDATE alarm SET kind = 'x'",
        "DELETE FROM officer_address",
    ):
        with (
            pytest.raises(case_file.CaseFileUnavailable, match="InsufficientPrivilege"),
            case_file.transaction() as session,
        ):
            session.execute(text(forbidden))


def test_everything_that_can_be_told_has_words_in_both_languages(configured: pytest.MonkeyPatch) -> None:
    del configured
    hangul = re.compile(r"[가-힣]")
    for kind in MessageKind:
        for said in (words.SUBJECTS[kind], words.OPENINGS[kind]):
            assert hangul.search(said.ko)
            assert said.en.isascii()
    for alarm in AlarmKind:
        assert hangul.search(words.ALARMS[alarm])
        assert ALARM_WORDS[alarm].isascii()
    for step in Step:
        assert hangul.search(words.stage_words(step).ko)
    one = Message(officer="O-01", kind=MessageKind.alarm, about="x", reference="KHM-2026-0001", made_at=now())
    assert "drill" in words.body([one], {})


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"HOST": "127.0.0.1"}, "HOMEWARD_SMTP_FROM"),
        ({"HOST": "127.0.0.1", "FROM": "a@b.example, c@d.example"}, "HOMEWARD_SMTP_FROM"),
        ({"USER": "homeward"}, "belong together"),
        ({"TLS": "sometimes"}, "smtp_tls"),
    ],
)
def test_half_a_mail_server_is_refused(configured: pytest.MonkeyPatch, variables: dict[str, str], why: str) -> None:
    for name, value in variables.items():
        configured.setenv(f"HOMEWARD_SMTP_{name}", value)
    settings.cache_clear()

    with pytest.raises(SettingsUnusable, match=why):
        settings()


def test_a_message_is_tried_ever_more_seldom_and_for_ever() -> None:
    waits = [try_again_in(tries).total_seconds() for tries in range(1, 100)]

    assert waits[:4] == [30, 60, 120, 240]
    assert set(waits[8:]) == {3600}


def test_a_mail_about_very_many_cases_lists_some_and_counts_the_others(configured: pytest.MonkeyPatch) -> None:
    del configured
    many = [
        Message(officer="O-01", kind=MessageKind.question_waits, about="x", reference=f"KHM-2026-{n:04}", made_at=now())
        for n in range(1, MOST_LISTED + 4)
    ]

    said = words.body(many, {})

    assert "그 밖에 3건: http://desk.test" in said
    assert "And 3 more: http://desk.test" in said
    assert f"KHM-2026-{MOST_LISTED:04}\n" in said
    assert f"KHM-2026-{MOST_LISTED + 1:04}\n" not in said
    assert "And" not in words.body(many[:MOST_LISTED], {})

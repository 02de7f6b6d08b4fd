"""The sealed chain: what somebody changes who may write everything in the case database is still found."""

import json
from pathlib import Path
from typing import Any

import pendulum
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import col, select
from typer.testing import CliRunner

from deployments.cli.main import app
from deployments.sealer import Sealer
from flows import clocks
from models.audit import GENESIS, AuditEvent, ChainSeal, SealerKey, chained, key_statement, seal_statement
from models.message import ALARM_WORDS, AlarmKind, Message
from models.officer import Officer, Role
from tasks import alarms, case_file, messages, officers, seals
from tasks.clock import now
from tasks.messages import words
from tasks.settings import settings
from tests.conftest import Server


def something_happens(count: int = 3) -> None:
    with case_file.transaction() as session:
        for number in range(count):
            case_file.note(session, "x.happened", actor="O-01", ids={"number": str(number)})


def superuser(server: Server) -> psycopg.Connection[Any]:
    address = server.superuser.replace("dbname=postgres", f"dbname={case_file.engine().url.database}")
    return psycopg.connect(address, autocommit=True)


@pytest.fixture
def sealed(case_database: Server, sealing: Path) -> Server:
    """A chain sealed at events 3 and 7, with events after it."""
    del sealing
    something_happens()
    assert seals.seal_chain(actor="run").seq == 3
    something_happens()
    assert seals.seal_chain(actor="run").seq == 7
    something_happens()
    return case_database


@pytest.mark.usefixtures("sealed")
def test_a_sealed_chain_that_nobody_touched_holds() -> None:
    found = seals.check()

    assert found == seals.Checked(events=11, seals=2, sealed_to=7, first_broken=None, fault=None)


def everything_anew(server: Server, *, at: int) -> None:
    """Change one event and make every hash after it anew, with every guard of the database off."""
    with superuser(server) as almighty:
        almighty.execute("SET session_replication_role = replica")
        almighty.execute("UPDATE audit_event SET actor = 'O-99' WHERE seq = %s", (at,))
    with case_file.transaction() as session:
        events = session.exec(select(AuditEvent).order_by("seq")).all()
    previous = GENESIS
    with superuser(server) as almighty:
        almighty.execute("SET session_replication_role = replica")
        for event in events:
            event.previous_hash = previous
            previous = chained(event).hash
            almighty.execute(
                "UPDATE audit_event SET content_hash = %s, previous_hash = %s, hash = %s WHERE seq = %s",
                (event.content_hash, event.previous_hash, event.hash, event.seq),
            )


def test_a_chain_written_anew_is_found_and_never_sealed_again(sealed: Server) -> None:
    everything_anew(sealed, at=2)

    with case_file.transaction() as session:
        assert case_file.broken_link(session)[0] is None, "without its seals the forgery is perfect"
    found = seals.check()
    assert found.first_broken == 3
    assert found.fault == "event 3 is not the one that was sealed: the chain was written anew up to there"
    with pytest.raises(seals.SealRefused, match="event 7 is not the one that was sealed"):
        seals.seal_chain(actor="run")


def test_a_chain_written_anew_is_found_even_when_its_seals_were_removed(sealed: Server) -> None:
    everything_anew(sealed, at=5)
    with superuser(sealed) as almighty:
        almighty.execute("DELETE FROM chain_seal")

    assert seals.check().fault == "event 7 is not the one that was sealed: the chain was written anew up to there"


def test_events_cut_off_under_a_seal_are_missed_and_the_head_goes_backwards(sealed: Server) -> None:
    with superuser(sealed) as almighty:
        almighty.execute("DELETE FROM audit_event WHERE seq > 5")

    assert seals.check().fault == "event 6 is missing: a seal covers the events up to 7"
    with pytest.raises(seals.SealRefused, match="goes backwards"):
        seals.seal_chain(actor="run")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("DELETE FROM chain_seal WHERE seq = 3", "the seal of event 3 is missing from the case database"),
        ("UPDATE chain_seal SET signature = 'ff' WHERE seq = 7", "the seal of event 7 does not fit: it was changed"),
        ("UPDATE chain_seal SET sealed_at = 'x' WHERE seq = 7", "the seal of event 7 does not fit: it was changed"),
        ("UPDATE chain_seal SET seq = 4 WHERE seq = 3", "the seal of event 3 is missing"),
        ("INSERT INTO chain_seal SELECT seq, hash, '', 0, '', '', '' FROM audit_event WHERE seq = 9",
         "the seal of event 9 does not fit: the sealer never made it"),
    ],
)  # fmt: skip
def test_a_seal_that_was_removed_changed_or_invented_is_named(sealed: Server, change: str, fault: str) -> None:
    with superuser(sealed) as almighty:
        almighty.execute(change.encode())

    found = seals.check().fault

    assert found is not None
    assert found.startswith(fault)


def test_a_seal_made_but_not_kept_is_kept_the_next_time(sealed: Server) -> None:
    with superuser(sealed) as almighty:
        almighty.execute("DELETE FROM chain_seal WHERE seq = 7")

    seals.seal_chain(actor="run")

    assert seals.check().fault is None
    with case_file.transaction() as session:
        assert [seal.seq for seal in session.exec(select(ChainSeal).order_by("seq"))] == [3, 7, 11]


def verified(*more: str) -> tuple[int, str, str]:
    settings.cache_clear()
    done = CliRunner().invoke(app, ["audit", "verify", *more])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_names_the_first_broken_link_in_one_sentence(sealed: Server) -> None:
    assert verified() == (0, "The chain of 11 events holds; 2 seals fit it, up to event 7.\n", "")
    with superuser(sealed) as almighty:
        almighty.execute("DELETE FROM audit_event WHERE seq = 9")

    assert verified() == (1, "", "The chain is broken: event 9 is missing.\n")
    assert json.loads(verified("--json")[1])["first_broken"] == 9


def test_without_the_sealer_a_sealed_chain_is_not_called_whole(
    sealed: Server, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del sealed
    configured.setenv("HOMEWARD_SEALER_SOCKET", str(tmp_path / "nobody.sock"))
    code, said, why = verified()
    assert (code, said) == (1, "")
    assert why.startswith("The sealer does not answer")

    configured.delenv("HOMEWARD_SEALER_SOCKET")
    assert verified() == (1, "", "No sealer is set; start one and set HOMEWARD_SEALER_SOCKET.\n")


def test_where_no_sealer_was_ever_set_the_chain_is_checked_and_that_is_said(case_database: Server) -> None:
    del case_database
    something_happens()

    assert verified() == (0, "The chain of 3 events holds; nothing is sealed yet.\n", "")


def test_the_clock_and_the_command_seal_and_both_are_in_the_chain(case_database: Server, sealing: Path) -> None:
    del case_database, sealing
    number = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test").officer.number
    CliRunner().invoke(app, ["login", "--officer", number, "--code", officers.drill_code(number)])

    state = clocks.seal.fn()
    done = CliRunner().invoke(app, ["audit", "seal"])

    assert (state.message, done.stdout) == ("sealed up to event 2", "Sealed up to event 3.\n")
    with case_file.transaction() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "chain.sealed").order_by("seq")).all()
    assert [(event.actor, event.fields["seq"], event.fields.get("door")) for event in events] == [
        ("run", "2", None), (number, "3", "cli"),
    ]  # fmt: skip


def standing_alarms() -> list[tuple[AlarmKind, str | None]]:
    return [(alarm.kind, alarm.reference) for alarm in alarms.standing()]


def coordinator() -> Officer:
    return officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test").officer


def test_a_refused_seal_is_an_alarm_that_stands_until_the_chain_is_sealed_again(sealed: Server) -> None:
    officer = coordinator()
    with case_file.transaction() as session:
        honest = session.get_one(AuditEvent, 7).hash
    with superuser(sealed) as almighty:
        almighty.execute("SET session_replication_role = replica")
        almighty.execute("UPDATE audit_event SET hash = 'forged' WHERE seq = 7")

    for _ in range(2):
        with pytest.raises(seals.SealRefused):
            clocks.seal.fn()

    assert standing_alarms() == [(AlarmKind.seal_refused, None)]
    (alarm,) = alarms.standing()
    with pytest.raises(case_file.Refused, match="stands until the audit chain is sealed"):
        alarms.acknowledge(alarm.id, officer=officer)
    with case_file.transaction() as session:
        (message,) = session.exec(select(Message).where(Message.officer == officer.number)).all()
    assert ALARM_WORDS[AlarmKind.seal_refused] in words.body([message], {alarm.id: alarm.kind})

    with superuser(sealed) as almighty:
        almighty.execute("SET session_replication_role = replica")
        almighty.execute("UPDATE audit_event SET hash = %s WHERE seq = 7", (honest,))
    clocks.seal.fn()

    assert standing_alarms() == []
    assert seals.check().fault is None
    messages.tidy()
    with case_file.transaction() as session:
        assert session.get_one(Message, message.id).dropped_at is not None
        actions = session.exec(select(AuditEvent.action).where(col(AuditEvent.action).startswith("alarm."))).all()
    assert sorted(actions) == ["alarm.cleared", "alarm.raised"]


def test_a_sealer_that_is_gone_at_night_is_an_alarm(
    sealed: Server, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del sealed
    address = settings().sealer_socket
    configured.setenv("HOMEWARD_SEALER_SOCKET", str(tmp_path / "nobody.sock"))
    settings.cache_clear()
    with pytest.raises(seals.SealerUnavailable):
        clocks.seal.fn()
    assert standing_alarms() == [(AlarmKind.seal_missing, None)]

    configured.setenv("HOMEWARD_SEALER_SOCKET", str(address))
    settings.cache_clear()
    clocks.seal.fn()

    assert standing_alarms() == []


def test_a_day_without_a_seal_is_an_alarm_and_a_night_is_none(sealed: Server, configured: pytest.MonkeyPatch) -> None:
    del sealed
    with case_file.transaction() as session:
        waits_since = session.get_one(AuditEvent, 8).at

    assert not seals.sound_missing(at=waits_since + seals.SEALED_WITHIN)
    assert standing_alarms() == []
    configured.setattr(clocks, "now", lambda: waits_since + seals.SEALED_WITHIN + pendulum.duration(seconds=1))
    for _ in range(2):
        assert "no seal for a day" in str(clocks.remind.fn().message)
    assert standing_alarms() == [(AlarmKind.seal_missing, None)]
    shown = CliRunner()
    officer = coordinator()
    shown.invoke(app, ["login", "--officer", officer.number, "--code", officers.drill_code(officer.number)])
    assert ALARM_WORDS[AlarmKind.seal_missing] in " ".join(shown.invoke(app, ["alarms"]).stdout.split())


def test_an_empty_chain_is_not_sealed_and_no_alarm(case_database: Server, sealing: Path) -> None:
    del case_database, sealing
    with pytest.raises(seals.NothingToSeal):
        clocks.seal.fn()

    assert (seals.sound_missing(at=now()), standing_alarms()) == (False, [])


@pytest.fixture
def rotated(sealed: Server, own_sealer: Sealer) -> Server:
    """A chain sealed at events 3 and 7 with the first key, and at event 11 with the second."""
    own_sealer.rotate()
    assert seals.seal_chain(actor="run").seq == 11
    return sealed


def test_seals_under_the_old_and_the_new_key_hold_and_either_key_is_the_published_one(
    rotated: Server, own_sealer: Sealer
) -> None:
    del rotated
    first, second = (key.public_key for key in own_sealer.keys)

    assert first != second
    assert seals.check() == seals.Checked(events=12, seals=3, sealed_to=11, first_broken=None, fault=None)
    assert [verified("--key", key)[0] for key in (first, second, second.upper())] == [0, 0, 0]
    assert verified("--key", "ab" * 32) == (
        1, "", f"The chain is broken: the key {'ab' * 32} is unknown: the sealer never had it.\n",
    )  # fmt: skip
    with case_file.transaction() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "chain.sealed").order_by("seq")).all()
    assert [event.fields["public_key"] for event in events] == [first, first, second]


def test_a_key_that_has_sealed_nothing_yet_is_no_fault(sealed: Server, own_sealer: Sealer) -> None:
    del sealed
    own_sealer.rotate()

    assert seals.check().fault is None


def test_a_sealer_with_a_key_nobody_handed_over_to_is_named_and_seals_nothing(
    rotated: Server, own_sealer: Sealer, tmp_path: Path
) -> None:
    del rotated
    (tmp_path / "stranger").mkdir()
    stranger, known = Sealer(tmp_path / "stranger"), own_sealer.keys[0].public_key
    own_sealer.keys, own_sealer._key = stranger.keys, stranger._key
    stranger.close()

    words_ = f"the sealer's key {stranger.public_key} is unknown: the case database knows {known}"
    assert seals.check().fault == words_
    with pytest.raises(seals.SealRefused, match=words_):
        seals.seal_chain(actor="run")
    assert standing_alarms() == [(AlarmKind.seal_refused, None)]


def test_a_forged_rotation_is_named(rotated: Server, own_sealer: Sealer) -> None:
    del rotated
    old, forged_key = own_sealer.keys[-1], Ed25519PrivateKey.generate()
    forged = SealerKey(
        public_key=forged_key.public_key().public_bytes_raw().hex(), previous_key=old.public_key, after_seq=11,
        after_hash=own_sealer.seals[-1].hash, since=old.since, signature="", proof="",
    )  # fmt: skip
    # Whoever forges it holds the new key and not the old one.
    forged.proof = forged.signature = forged_key.sign(key_statement(forged)).hex()
    own_sealer.keys.append(forged)

    words_ = f"the sealer's key {forged.public_key} is not signed with the key before it, {old.public_key}"
    assert seals.check().fault == words_
    with pytest.raises(seals.SealRefused, match=words_):
        seals.seal_chain(actor="run")


def test_a_seal_made_with_a_key_that_was_given_up_does_not_fit(rotated: Server, own_sealer: Sealer) -> None:
    del rotated
    own_sealer._key = Ed25519PrivateKey.generate()
    own_sealer.seals[-1].signature = own_sealer._key.sign(seal_statement(own_sealer.seals[-1])).hex()

    assert seals.check().fault == "the seal of event 11 does not fit: its signature is not the sealer's"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("DELETE FROM sealer_key WHERE after_seq = 7", "is missing from the case database; the sealer has it"),
        ("DELETE FROM sealer_key", "is missing from the case database; the sealer has it"),
        ("UPDATE sealer_key SET since = 'x' WHERE after_seq = 7", "does not fit: it was changed"),
        ("UPDATE sealer_key SET public_key = 'ff' WHERE after_seq = 7", "is unknown: the case database knows ff"),
        ("INSERT INTO sealer_key SELECT 'ff', public_key, 11, '', '', '', '' FROM sealer_key WHERE after_seq = 7",
         "the sealer never had it"),
    ],
)  # fmt: skip
def test_a_key_changed_or_invented_in_the_case_database_is_named(rotated: Server, change: str, fault: str) -> None:
    with superuser(rotated) as almighty:
        almighty.execute(change.encode())

    assert fault in str(seals.check().fault)

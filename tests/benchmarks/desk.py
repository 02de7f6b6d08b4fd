"""The desk among very many cases: how long each page takes while fifty officers use it."""

import json
import secrets
import subprocess
import sys

import psycopg

from models.officer import Officer, Role
from tasks import case_file, officers, triage
from tasks.settings import REPOSITORY, settings
from tests.benchmarks.results import tell

CASES = 124_334
"""Everybody who was flown out of Kabul in seventeen days of 2021, the largest operation there has been."""

SESSIONS, EVERY_S = 50, 5.0
GOAL_MS = 100.0
FIRST_PAGE_KB = 150.0

_GUARDED = ("repatriation_case", "person", "confirmed_identity", "whereabouts", "person_category", "decision", "asking",
            "booking", "ledger_transaction", "timeline_entry", "case_merge")  # fmt: skip

_FILL = """
CREATE TEMPORARY TABLE made AS
SELECT n, md5('person' || n)::uuid AS person_id, 'KHM-2019-' || lpad(n::text, 6, '0') AS reference,
    CASE WHEN %(ended)s THEN 'home' ELSE (ARRAY['opened','verified','documented','booked','funded','released','home',
        'home','home','cancelled'])[1 + n %% 10] END AS status,
    now() - make_interval(hours => (n * 7) %% 150) AS moved_at,
    (ARRAY['김','이','박','최','정','강','조','윤','장','임'])[1 + n %% 10] AS surname,
    (ARRAY['민','서','지','현','수','영','준','하','은','진'])[1 + (n / 10) %% 10]
        || (ARRAY['준','연','우','아','호','희','석','경','빈','솔'])[1 + (n / 100) %% 10] AS given,
    (ARRAY['KIM','LEE','PARK','CHOI','JUNG','KANG','CHO','YOON','JANG','LIM'])[1 + n %% 10] AS surname_latin,
    (ARRAY['MIN','SEO','JI','HYUN','SU','YOUNG','JUN','HA','EUN','JIN'])[1 + (n / 10) %% 10] || ' '
        || (ARRAY['JUN','YEON','WOO','A','HO','HEE','SEOK','KYUNG','BIN','SOL'])[1 + (n / 100) %% 10] AS given_latin
FROM generate_series(%(first)s, %(last)s) AS n;
CREATE INDEX ON made (n);
CREATE UNIQUE INDEX ON made (reference);
ANALYZE made;
INSERT INTO person (id, name_hangul, name_latin, birth_date, passport_in_hand, recorded_at)
    SELECT person_id, surname || given, given_latin || ' ' || surname_latin, '1990-01-01', false, moved_at FROM made;
INSERT INTO person_key (person_id, wrapped_key, key_encryption_key_id) SELECT person_id, '', 'k' FROM made;
INSERT INTO repatriation_case (reference, person_id, status, moved_at, opened_by, opened_at, owner, operation,
        receiving_agency, ending)
    SELECT reference, person_id, status, moved_at, %(officer)s, moved_at - make_interval(hours => n %% 200 + 1),
        %(officer)s, 'KHM', 'drill', false FROM made;
INSERT INTO whereabouts (id, person_id, place_sealed, keeper_sealed, host_status, since, next_contact_due_at,
        recorded_at, recorded_by)
    SELECT gen_random_uuid(), person_id, '', '', (ARRAY['detained','rescued','unknown'])[1 + n %% 3],
        moved_at - interval '9 days', moved_at + make_interval(hours => 24 * turn + 160),
        moved_at - make_interval(hours => 9 - turn), %(officer)s FROM made, generate_series(1, 3) AS turn;
INSERT INTO person_category (id, person_id, category, added_at, added_by, reason_code)
    SELECT gen_random_uuid(), person_id, (ARRAY['presumed_victim','suspect','minor','patient','witness'])[1 + n %% 5],
        moved_at, %(officer)s, 'reported' FROM made;
INSERT INTO timeline_entry (reference, happened_at, recorded_at, words)
    SELECT reference, moved_at, moved_at, 'Waits for the verifying-officer: verification.'
    FROM made, generate_series(1, 8);
INSERT INTO proposal (id, reference, person_id, step, digest, policy_version, places, signing_order, kept_apart_from,
        content_sealed, prepared_at)
    SELECT md5('proposal' || n)::uuid, reference, person_id, step, md5(n::text), '1',
        jsonb_build_array(jsonb_build_object('roles', jsonb_build_array(role), 'agency', NULL)), 'sequence', '{}', '',
        moved_at
    FROM (SELECT *, (ARRAY['verification','travel_document.authorise','booking','funding','travel_document.release',
            'handoff'])[1 + n %% 10] AS step, (ARRAY['verifying-officer','authorising-officer','travel-officer',
            'funding-officer','issuing-officer','receiving-officer'])[1 + n %% 10] AS role FROM made) AS asked
    WHERE n %% 10 < 6;
INSERT INTO asking (id, reference, step, proposal_id, role, flow_run_id, asked_at, due_at, shown_at, closed_at)
    SELECT md5('asking' || reference)::uuid, reference, step, id, places -> 0 -> 'roles' ->> 0, gen_random_uuid(),
        prepared_at, prepared_at + interval '2 hours', prepared_at, CASE WHEN %(ended)s THEN moved_at END
    FROM proposal JOIN made USING (reference);
INSERT INTO decision (id, reference, step, outcome, reason_code, officer, role, place, basis, requester, door,
        code_time_step, decided_at)
    SELECT md5('decision' || n)::uuid, reference, 'verification', 'approve', 'in_order', %(verifier)s,
        'verifying-officer', 0, 'rule', %(officer)s, 'desk', n, moved_at FROM made WHERE n %% 10 > 0;
INSERT INTO confirmed_identity (id, person_id, reference, decision_id, registry_id, surname_hangul, given_hangul,
        surname_latin, given_latin, sex, born_on, birthplace, nationality, personal_number_sealed, confirmed_at)
    SELECT gen_random_uuid(), person_id, reference, md5('decision' || n)::uuid, 'R' || n, surname, given, surname_latin,
        given_latin, 'F', '1990-01-01', 'Seoul', 'KOR', '', moved_at FROM made WHERE n %% 10 > 0;
INSERT INTO intent (id, reference, person_id, act, subject, state, written_at, looks)
    SELECT md5('intent' || n)::uuid, reference, person_id, 'hold_seats', 'offer' || n, 'done', moved_at, 0
    FROM made WHERE n %% 10 > 2;
INSERT INTO booking (id, reference, person_id, intent_id, lift, state, order_id, offer_id, record_locator_sealed,
        itinerary, amount_minor, currency, pay_by, names_sealed, unwanted, read_at)
    SELECT gen_random_uuid(), reference, person_id, md5('intent' || n)::uuid, 'scheduled',
        CASE WHEN n %% 10 = 3 AND NOT %(ended)s THEN 'held' ELSE 'ticketed' END, 'order' || n, 'offer' || n, '',
        jsonb_build_object('segments', jsonb_build_array(jsonb_build_object('carrier', 'KE', 'flight_number',
            'KE' || 600 + (n / 10) %% 225, 'origin', 'KTI', 'origin_name', 'Techo', 'origin_country', 'KH',
            'origin_zone', 'Asia/Phnom_Penh', 'destination', 'ICN', 'destination_name', 'Incheon',
            'destination_country', 'KR', 'destination_zone', 'Asia/Seoul',
            'departs_local', to_char(date_trunc('hour', leaves), 'YYYY-MM-DD"T"HH24:MI:SS'),
            'arrives_local', to_char(date_trunc('hour', leaves) + interval '7 hours', 'YYYY-MM-DD"T"HH24:MI:SS')))),
        90000, 'KRW', leaves - interval '6 hours', '', false, moved_at
    FROM (SELECT *, now() + make_interval(hours => (n / 10) %% 225 * 4 + 1)
        - CASE WHEN %(ended)s THEN interval '40 days' ELSE '0' END AS leaves FROM made) AS flown
    WHERE n %% 10 > 2;
INSERT INTO ledger_transaction (id, reference, entry, intent_id, posted_at)
    SELECT gen_random_uuid(), reference, 'commitment', md5('intent' || n)::uuid, moved_at - interval '1 hour'
    FROM made WHERE n %% 10 > 3;
INSERT INTO case_urgency SELECT reference, status = 'home', 0, NULL, 'epoch' FROM made;
INSERT INTO case_name SELECT reference, names_of_case(reference) FROM made;
SELECT asking_place_add(asking.id) FROM asking JOIN made USING (reference) WHERE NOT %(ended)s;
"""


def fill(owner: str, *, numbers: range, officer: str, verifier: str, ended: bool = False) -> None:
    """
    Put the cases of these numbers into the case database, as its owner and around the triggers of each row.

    Each stands somewhere else on its journey; `ended`: everybody is home, and no clock has anything to do for them.
    """
    with psycopg.connect(owner.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        for table in _GUARDED:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            with psycopg.ClientCursor(connection) as cursor:
                given = {"officer": officer, "verifier": verifier, "ended": ended}
                cursor.execute(_FILL.encode(), {"first": numbers[0], "last": numbers[-1], **given})
        finally:
            for table in _GUARDED:
                connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        connection.execute("VACUUM ANALYZE")


def sessions(count: int) -> list[tuple[str, str]]:
    """Open sessions at the desk, in turn for each of four roles; return each one's role and cookie."""
    roles = (Role.coordinator, Role.verifying_officer, Role.issuing_officer, Role.head_of_consular_affairs)
    of_role: dict[Role, Officer] = {
        role: officers.add(name=role.value, agency="MOFA", roles=[role], by="bench").officer for role in roles
    }
    turn = [roles[number % len(roles)] for number in range(count)]
    return [(role.value, officers.open_session(of_role[role], door="desk")) for role in turn]


def opened(officer: str, count: int) -> list[str]:
    """Open cases as an officer does, with sealed facts that a page opens."""
    return [
        case_file.open_case(
            country="KHM", officer=officer, name_hangul="홍길동", name_latin="HONG GILDONG", birth_date="1990-01-01",
            passport_number=f"M{secrets.randbelow(10**8):08}", story="seventh floor", place="Poipet", keeper="centre",
            host_status="detained",
        )
        for _ in range(count)
    ]  # fmt: skip


def measure(*, quick: bool = False, already: int = 0, address: str | None = None, seconds: float = 60.0) -> None:
    """Fill the case database up, then ask the desk as fifty officers do, from a process of its own."""
    cases = 2000 if quick else CASES
    by = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="bench").officer.number
    verifier = officers.add(name="V", agency="MOFA", roles=[Role.verifying_officer], by="bench").officer.number
    owner = settings().owner_database_url
    if owner is None:
        raise SystemExit("the bench needs the owner's address of the case database")
    fill(owner.get_secret_value(), numbers=range(already + 1, cases + 1), officer=by, verifier=verifier)
    references = opened(by, 100)
    renewed = triage.renew_all()
    asked = {
        "address": address or settings().desk_url,
        "sessions": sessions(SESSIONS),
        "references": references,
        "every_s": EVERY_S,
        "seconds": 10.0 if quick else seconds,
    }
    command = [sys.executable, "-m", "tests.benchmarks.desk_load"]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True, cwd=REPOSITORY)
    for page, found in json.loads(done.stdout).items():
        more = {"cases": cases, "renewed": renewed, "sessions": SESSIONS, **found}
        tell(f"desk_{page}_p95", more.pop("p95_ms"), "ms", goal=GOAL_MS, **more)
        tell(f"desk_{page}_size", found["kb"], "KB", goal=FIRST_PAGE_KB)

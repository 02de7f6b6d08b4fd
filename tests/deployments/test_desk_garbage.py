"""
Whatever is sent to a page of the desk: never a fault of ours, one clear sentence, and nothing written.

The routes are walked with every place something can be put into, so that a new page is covered without anybody
thinking of it.
"""

import gc
import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import httpx
import pytest
from fastapi import UploadFile
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from deployments.desk import session
from deployments.desk.acts import ACTS
from deployments.desk.app import LARGEST_REQUEST, application
from models.case import Step
from models.decision import seen_code
from models.officer import Role
from tasks import case_file, doorbell, officers, starting
from tests.conftest import Server
from tests.deployments.test_desk import PUBLIC, enrol, sign_in
from tests.deployments.test_desk_acts import WALKS
from tests.deployments.test_garbage import GARBAGE, WELL_FORMED, CaseDatabase, case_file_of_all
from tests.tasks.asked import House

__all__ = ["case_file_of_all"]

SENT: dict[str, bytes] = {
    **{kind: garbage.encode(errors="surrogatepass") for kind, garbage in GARBAGE.items()},
    "very long": "가".encode() * 10_000,
    "long and plain": b"x" * 10_000,
    "no text in UTF-8": b"\xff\xfe\x80a",
    "markup": b"</p><script>alert(1)</script>",
    "a list": b"[1, 2]",
    "a template": b"{{ 7 * 7 }}{% include 'base.html' %}",
    "right to left": "\u202eabc\u2067\u200f".encode(),
    "a header": b"a\r\nSet-Cookie: homeward_session=x",
}
"""What stands in every place, one after another, as the bytes that go over the line."""

FEW = ("nothing", "very long", "control characters", "unusual", "a huge number", "no text in UTF-8", "markup")
"""One of each sort, for every run; all of them in the long one."""

FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Place:
    """Somewhere in the request of one page that something can be put into."""

    path: str
    method: str
    name: str
    kind: str
    """`path`, `query`, `form` or `file`."""

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.kind} {self.name}"


ACT = "/cases/{reference}/acts/{name}"


def at_act(name: str) -> str:
    """The path of one act's page."""
    return ACT.replace("{name}", name)


def pages() -> list[tuple[str, str, Dependant]]:
    """Every page: path, method, and what it depends on; the page of each act is one of its own."""
    walked = [route for route in application().routes if isinstance(route, APIRoute)]
    found = [(route.path, method, route.dependant) for route in walked for method in sorted(route.methods or ())]
    acts = [page for page in found if page[:2] == (ACT, "POST")]
    return found + [(at_act(name), method, dependant) for name in ACTS for _, method, dependant in acts]


def whole(dependant: Dependant) -> Iterator[Dependant]:
    """A page and everything it depends on."""
    yield dependant
    for inner in dependant.dependencies:
        yield from whole(inner)


def places(path: str, method: str, dependant: Dependant) -> list[Place]:
    """Every place of one page."""
    found: list[Place] = []
    for each in whole(dependant):
        found += [Place(path, method, one.alias, "path") for one in each.path_params]
        found += [Place(path, method, one.alias, "query") for one in each.query_params]
        for one in each.body_params:
            kind = one.field_info.annotation
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found += [Place(path, method, inner.alias or name, "form") for name, inner in kind.model_fields.items()]
            else:
                found.append(Place(path, method, one.alias, "file" if kind is UploadFile else "form"))
    for act in (act for name, act in ACTS.items() if path == at_act(name)):
        found = [place for place in found if place.name != "name" or place.kind != "path"]
        found += [Place(path, method, name, "form") for name in ("after", *act.form.model_fields)]
    return found


PAGES = pages()
PLACES = [place for page in PAGES for place in places(*page)]

LEAST_PLACES = 40
"""Were it fewer, the walk would have lost its way: the desk had 57 when this was written."""

TAKEN = {
    "GET /sign-in query to", "POST /sign-in form to", "GET / query decided", "GET / query countersigned",
    "GET /inbox/all query leaf",
    "POST /cases/{reference}/declaration form interpreter", "POST /cases/{reference}/declaration form reader",
    "GET /operations/{operation} query begun",
    "POST /intake/start form operation",
    "GET /cases/{reference}/screening query spoken", "GET /cases/{reference}/screening query done",
    "GET /cases/{reference}/contacts query done", "GET /cases/{reference}/representatives query done",
    "GET /authorities query done", "GET /document-rules query done",
    "POST /cases/{reference}/contacts form name", "POST /cases/{reference}/contacts/word form reader",
    "POST /cases/{reference}/representatives form name",
    "GET /cases query q", "GET /cases query leaf", "GET /cases/{reference} query done",
    "POST /language form to", "POST /evidence/{reference} form reason", "POST /cases form name_latin",
    "POST /cases form birthplace", "POST /cases form passport", "POST /cases form place", "POST /cases form keeper",
    "POST /cases form operation", "POST /cases form story", "POST /cases/{reference}/whereabouts form place",
    "POST /cases/{reference}/whereabouts form keeper",
    "GET /stock/{mission} query state", "GET /stock/{mission} query number", "GET /stock/{mission} query specimens",
    "GET /stock/{mission} query done", "GET /stock/{mission} query case", "GET /handover/{reference} query done",
    "GET /handover/{reference} query fault", "GET /cases/{reference}/by-telephone query done",
    "GET /cases/{reference}/escorts query done", "GET /escorts query done",
    *(
        f"POST {at_act(name)} form {field}"
        for name, fields in {
            "correct": ("birthplace", "passport"), "request": ("agency", "contact"),
            "referral": ("agency", "contact", "file"), "inform": ("agency",), "clearance": ("by",),
            "best-interest": ("reasons",), "request-withdrawn": ("agency",), "validity": ("words",),
            "private-payment": ("purpose",),
            "host": ("told_by", "number"),
        }.items()
        for field in fields
    ),
}  # fmt: skip
"""Where words are free, or what nobody knows is passed over, so that anything that can be written down is taken."""

RIGHT = {
    "to": "/cases", "language": "ko", "outcome": "approve", "host_status": "detained",
    "country": "KHM",
    "name_hangul": "배준미", "wish": "return", "spoken": "ko", "hours": "24",
    "step": Step.lookout.value, "declared_at": "", "kind": "cover",
    "sex": "F", "category": "presumed_victim", "born_on": "", "passport": "",
    "operation": "", "to_stage": "", "breaks_glass": "",
    "after": "", "relation": "parent", "because": "minor", "proof": "family_register", "item": "alive", "says": "no",
    "said_at": "", "representative": "", "screened_at": "", "indicator": "guarded", "finding": "confirmed",
    "ground": "certificate", "name": "KIM", "contact": "1", "phone": "+82-10-1234-5678",
    "begins": "", "acting": "acting-for", "captured_at": "", "flight": "KE690", "on": "2026-12-01",
}  # fmt: skip
"""What is right in a field of that name, besides what fits every command too."""


MAY_BE_LEFT_OUT = {"step", "hours", "sex", "name_hangul", "host_status", "country", "category", "breaks_glass"}
"""Empty, they say nothing, or what the form offers first."""


LEFT_OUT_OF_ACTS = {
    at_act(name): {field for field, each in act.form.model_fields.items() if not each.is_required()}
    for name, act in ACTS.items()
}


@dataclass
class AtTheDesk:
    """A browser before the desk, and somebody who may do much there."""

    browser: httpx.Client
    enrolment: officers.Enrolment
    house: House
    case_database: CaseDatabase
    reference: str = ""
    seen: str = ""
    forms: dict[str, str] = field(default_factory=dict)
    """The field that says that a form was drawn for this session."""

    def counts(self) -> dict[str, int]:
        """How many rows each table holds, but for papers: a case's cover is made anew when somebody looks at it."""
        return {table: number for table, number in self.case_database.counts().items() if table != "paper"}

    def signs_in(self) -> None:
        """Sign in, and keep what every form of the session carries."""
        self.case_database.forgives()
        assert sign_in(self.browser, self.enrolment).status_code == 303
        page = self.browser.get("/cases/new").text
        self.forms = dict(re.findall(r'name="(form_token)" value="(\w+)"', page))
        assert self.forms
        self.is_asked()

    def is_asked(self) -> None:
        """A question waits that the officer may decide."""
        asking = self.house.asks()
        self.reference = asking.reference
        found = self.case_database.owner.execute("SELECT digest FROM proposal WHERE id = %s", [asking.proposal_id])
        (digest,) = found.fetchall()[0]
        self.seen = seen_code(digest)

    def right_at(self, place: Place) -> str:
        """What is right in one place: the form of an act has its own, and no page has an address without a name."""
        if (place.kind, place.name) == ("path", "operation"):
            return "khm-2026-11"
        if place.name == "after" and not place.path.endswith(("/whereabouts", "/declaration", "/portrait")):
            with case_file.transaction() as opened:
                return str(case_file.last_line(opened, self.reference))
        filled = next((walk.typed for name, walk in WALKS.items() if place.path == at_act(name)), {})
        if place.kind == "form" and place.path.startswith(ACT.removesuffix("{name}")) and place.name != "code":
            return filled.get(place.name, "")
        return self.right(place.name)

    def right(self, name: str) -> str:
        """What is right in a field."""
        known = {
            "reference": self.reference, "seen": self.seen, "officer": self.enrolment.officer.number,
            "password": self.enrolment.password, **RIGHT, **self.forms,
        }  # fmt: skip
        if name == "code":
            return officers.drill_code(self.enrolment.officer.number)
        fits = (value for pattern, value in WELL_FORMED if re.search(pattern, name))
        return known[name] if name in known else next(fits, "x")

    def sends(self, wrong: Place, garbage: bytes) -> httpx.Response:
        """Ask for a page with garbage in one place and everything else filled rightly."""
        each = next(places(*page) for page in PAGES if page[:2] == (wrong.path, wrong.method))

        if wrong.kind in ("path", "query"):
            # The longest address our client would send at all.
            garbage = garbage[:20_000]

        def value(place: Place) -> bytes:
            return garbage if place == wrong else self.right_at(place).encode()

        def pairs(kind: str) -> str:
            return "&".join(f"{quote(p.name)}={quote(value(p), safe='')}" for p in each if p.kind == kind)

        path = wrong.path
        for place in (place for place in each if place.kind == "path"):
            path = path.replace(f"{{{place.name}}}", quote(value(place), safe=""))
        address = f"{path}?{pairs('query')}"
        files = [place for place in each if place.kind == "file"]
        if wrong.method == "GET":
            return self.browser.get(address)
        if files:
            fields = {place.name: value(place) for place in each if place.kind == "form"}
            uploads = {place.name: ("a.jpg", value(place), "image/jpeg") for place in files}
            data = {**fields, **{name: token.encode() for name, token in self.forms.items()}}
            return self.browser.post(address, data=data, files=uploads)
        own = "&".join(f"{name}={token}" for name, token in self.forms.items())
        body = "&".join(part for part in (pairs("form"), own) if part)
        return self.browser.post(address, content=body, headers=FORM)


@pytest.fixture
def at_the_desk(
    desk: httpx.Client, case_file_of_all: CaseDatabase, case_database: Server, configured: pytest.MonkeyPatch
) -> AtTheDesk:
    """Somebody at the desk who is not signed in yet; there is no engine to wake."""
    del case_database
    configured.setattr(doorbell, "wake", lambda _: True)
    configured.setattr(starting, "start_all", lambda _: starting.Started([], {}, []))
    many = enrol(Role.coordinator, Role.lookout_officer, Role.verifying_officer, Role.funding_officer)
    ready = AtTheDesk(desk, many, House(), case_file_of_all)
    ready.is_asked()
    return ready


def sentences(reply: httpx.Response) -> list[str]:
    """What a refusal says to a person."""
    if reply.headers.get("content-type", "text/plain").startswith("text/plain"):
        return [reply.text]
    refused = re.findall(r'(?s)<p class="refused"[^>]*>(.*?)</p>', reply.text)
    found = refused or re.findall(r"(?s)</h1>\s*<p>(.*?)</p>", reply.text)
    return [html.unescape(each) for each in found]


def assert_refused(reply: httpx.Response, what: object) -> None:
    """It was refused in one sentence and nothing else."""
    assert 400 <= reply.status_code < 500, (what, reply.status_code, reply.text[:500])
    said = sentences(reply)
    assert len(said) == 1, (what, reply.status_code, said, reply.text[:500])
    assert re.fullmatch(r"['\"\w].{9,500}[.?]", said[0].strip()), (what, reply.status_code, said)


def assert_sound(reply: httpx.Response, what: object) -> None:
    """Whatever the answer is, it is none a program gives away its inside with."""
    assert reply.status_code < 500, (what, reply.status_code, reply.text[:2000])
    for word in ("Traceback", "Internal Server Error", "<script>alert", "49{%"):
        assert word not in reply.text, (what, word)
    assert len(reply.text) < 200_000, what
    assert not any(re.match(r"homeward_session=x(;|$)", cookie) for cookie in reply.headers.get_list("set-cookie")), (
        what
    )


def meets_a_page(path: bytes) -> bool:
    """Whether the garbage left the address that of a page: a stroke in it makes it another address."""
    return b"/" not in unquote_to_bytes(path) and bool(path)


def test_the_walk_meets_every_sort_of_place() -> None:
    assert len(PLACES) > LEAST_PLACES
    assert {place.kind for place in PLACES} == {"path", "query", "form", "file"}


@pytest.mark.parametrize(
    "path",
    ["/cases", "/evidence/{reference}", "/cases/{reference}/whereabouts", "/sign-in", at_act("host"), at_act("cost")],
)
def test_the_same_form_without_garbage_is_taken(at_the_desk: AtTheDesk, path: str) -> None:
    # Else every refusal below might have another reason than the garbage.
    at_the_desk.signs_in()
    at_the_desk.case_database.forgives()

    reply = at_the_desk.sends(Place(path, "POST", "", ""), b"")

    assert reply.status_code == 303, re.findall(r"(?s)<p class=.refused.[^>]*>(.*?)</p>", reply.text)


@pytest.mark.parametrize("kinds", [FEW, pytest.param(tuple(SENT), marks=pytest.mark.long)], ids=["few", "all"])
def test_garbage_in_any_place_of_any_page_is_one_sentence_and_writes_nothing(
    at_the_desk: AtTheDesk, subtests: pytest.Subtests, kinds: tuple[str, ...]
) -> None:
    for place in PLACES:
        with subtests.test(str(place)):
            if place.path in PUBLIC or not at_the_desk.forms:
                # Who signs in again has another session, and the forms of the one before are refused.
                at_the_desk.signs_in()
            before = at_the_desk.counts()
            for kind, garbage in ((kind, SENT[kind]) for kind in kinds):
                reply = at_the_desk.sends(place, garbage)
                what = (str(place), kind)
                assert_sound(reply, what)
                if place.method == "POST":
                    at_the_desk.case_database.forgives()
                if place.path == "/confirm":
                    # It says the same to everybody, or asks them to come back later.
                    assert reply.status_code in (200, 429), what
                    continue
                if reply.status_code >= 400:
                    assert_refused(reply, what)
                    continue
                assert str(place) in TAKEN or is_harmless(place, garbage, reply), (*what, reply.status_code)
                if place.path in PUBLIC:
                    at_the_desk.signs_in()
                if place.path == "/evidence/{reference}" and place.method == "POST":
                    at_the_desk.is_asked()
                before = at_the_desk.counts()
            assert at_the_desk.counts() == before, str(place)


def is_harmless(place: Place, garbage: bytes, reply: httpx.Response) -> bool:
    """Whether a page only shows something, or was sent what is right after all: nothing where nothing is needed."""
    if reply.status_code == 307:
        return place.kind == "path"
    if place.name in MAY_BE_LEFT_OUT | LEFT_OUT_OF_ACTS.get(place.path, set()) and not garbage.strip():
        return True
    return RIGHT.get(place.name) == garbage.decode(errors="replace").strip()


def test_whatever_a_stranger_sends_they_are_asked_who_they_are(
    at_the_desk: AtTheDesk, subtests: pytest.Subtests
) -> None:
    before = at_the_desk.counts()
    nowhere = [Place(path, method, "", "") for path, method, _ in PAGES]
    for place in [place for place in [*PLACES, *nowhere] if place.path not in PUBLIC]:
        # A form is not read before the door: a few kinds show it.
        kinds = FEW if place.kind in ("path", "query") else FEW[:2]
        with subtests.test(str(place)):
            for kind, garbage in ((kind, SENT[kind]) for kind in kinds):
                reply = at_the_desk.sends(place, garbage)

                what = (str(place), kind)
                assert_sound(reply, what)
                if place.kind == "path" and not meets_a_page(garbage):
                    assert reply.status_code in (307, 401, 404, 405), what
                    continue
                assert_refused(reply, what)
                assert reply.status_code in (400, 401), (*what, reply.status_code)
    assert at_the_desk.counts() == before


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_method_a_page_does_not_know_is_one_sentence(at_the_desk: AtTheDesk, *, signed_in: bool) -> None:
    if signed_in:
        at_the_desk.signs_in()
    known: dict[str, set[str]] = {}
    for path, method, _ in PAGES:
        # The form of every act is one page, drawn by its name.
        known.setdefault(path, set()).update({method, "GET"} if "/acts/" in path else {method})
    before = at_the_desk.counts()
    for path, methods in known.items():
        address = path.replace("{reference}", at_the_desk.reference).replace("{kind}", "cover")
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} - methods:
            reply = at_the_desk.browser.request(method, address)
            assert_sound(reply, (method, path))
            assert_refused(reply, (method, path))
        assert_sound(at_the_desk.browser.head(address), ("HEAD", path))
    assert at_the_desk.counts() == before


JPEG = ("a.jpg", b"\xff\xd8\xff" + b"\x00" * 64, "image/jpeg")
ODD_BODIES: Mapping[str, Callable[[dict[str, str]], dict[str, Any]]] = {
    "nothing": lambda _: {},
    "JSON": lambda own: {"json": own},
    "bytes without a type": lambda _: {"content": b"\x00\xff" * 500},
    "a type of no kind": lambda _: {"content": b"a=b", "headers": {"content-type": "\u00e9/\u00e9".encode("latin-1")}},
    "another charset": lambda own: {
        "content": "&".join(f"{k}={v}" for k, v in own.items()).encode("utf-16"),
        "headers": {"content-type": "application/x-www-form-urlencoded; charset=utf-16"},
    },
    "parts without a boundary": lambda _: {"content": b"--x\r\n", "headers": {"content-type": "multipart/form-data"}},
    "parts cut short": lambda _: {
        "content": b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nabc',
        "headers": {"content-type": "multipart/form-data; boundary=x"},
    },
    "a part without a name": lambda _: {
        "content": b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n",
        "headers": {"content-type": "multipart/form-data; boundary=x"},
    },
    "files where words are wanted": lambda own: {
        "data": own, "files": dict.fromkeys(("officer", "code", "seen", "place", "wish", "step", "language"), JPEG),
    },
    "a token that is a file": lambda _: {"files": {"form_token": JPEG, "image": JPEG}},
    "words where a file is wanted": lambda own: {"data": {**own, "image": "x"}},
    "everything thrice": lambda own: {"data": {**own, **{n: ["a", "b", "c"] for n in ("code", "seen", "step", "to")}}},
    "two thousand fields": lambda own: {"data": {**own, **{f"f{n}": "x" for n in range(2000)}}},
    "two thousand files": lambda own: {"data": own, "files": [("image", JPEG)] * 2000},
    "a megabyte in each field": lambda own: {"data": {**own, **dict.fromkeys(("code", "reason", "to"), "9" * 2**20)}},
    "a megabyte in a part": lambda own: {"data": {**own, "waiver": "x" * 2 * 2**20}, "files": {"image": JPEG}},
    "a length that is none": lambda _: {"content": iter([b"a=b"] * 3), "headers": FORM},
    "a body without end": lambda _: {"content": b"a=" + b"0" * (LARGEST_REQUEST + 1), "headers": FORM},
}  # fmt: skip


# A form cut short leaves its file to the garbage collector (starlette 1.3, `MultiPartParser`), which frees it.
@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
@pytest.mark.parametrize("signed_in", [True, False])
def test_a_body_that_is_no_form_of_the_page_is_one_sentence(
    at_the_desk: AtTheDesk, subtests: pytest.Subtests, *, signed_in: bool
) -> None:
    if signed_in:
        at_the_desk.signs_in()
    before = at_the_desk.counts()
    # These take nothing but the token, and what comes with it is passed over.
    takes_nothing = {path for path in (page[0] for page in PAGES) if path.endswith(("/sign-out", "/start", "/reports"))}
    walked = {path for path, method, _ in PAGES if method == "POST"} - takes_nothing
    for path in sorted(walked if signed_in else walked & {"/sign-in", "/language", "/cases"}):
        address = path.replace("{reference}", at_the_desk.reference)
        for kind, body in ODD_BODIES.items():
            with subtests.test(f"{path} {kind}"):
                reply = at_the_desk.browser.post(address, **body(at_the_desk.forms))
                at_the_desk.case_database.forgives()

                what = (path, kind, reply.status_code)
                assert_sound(reply, what)
                if (path == "/language" and reply.status_code == 303) or (
                    path == "/confirm" and reply.status_code < 500
                ):
                    continue
                assert_refused(reply, what)
                assert signed_in or path in PUBLIC or reply.status_code in (400, 401, 411, 413), what
    gc.collect()
    assert at_the_desk.counts() == before


ODD_HEADERS: Mapping[str, dict[str, bytes]] = {
    "a session nobody has": {"cookie": b"homeward_session=" + b"A" * 43},
    "an empty session": {"cookie": b"homeward_session="},
    "a session of bytes": {"cookie": b"homeward_session=\xff\xfe\x80; homeward_language=\xff"},
    "a long session": {"cookie": b"homeward_session=" + b"x" * 10_000},
    "many cookies": {"cookie": b"; ".join(b"c%d=x" % n for n in range(500))},
    "cookies of no form": {"cookie": b'=;;;"; homeward_session="a; \\\\; homeward_session=b=c=d; ,'},
    "two sessions": {"cookie": b"homeward_session=a; homeward_session=b"},
    "a language nobody speaks": {"accept-language": b"\xff;q=x,,,;;" + b"xx," * 2000, "cookie": b"homeward_language=x"},
    "an address that is none": {"referer": b"\xff://\x80//evil.example\\/", "origin": b"null"},
    "another host": {"host": b"evil.example:99999999"},
    "a part of a page": {"hx-request": b"\xff", "hx-current-url": b"javascript:x", "range": b"bytes=-1--1"},
    "many forwards": {"x-forwarded-for": b"1," * 500, "x-forwarded-proto": b"gopher", "forwarded": b"for=;;"},
}


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_broken_cookie_or_header_opens_nothing_and_breaks_nothing(
    at_the_desk: AtTheDesk, subtests: pytest.Subtests, *, signed_in: bool
) -> None:
    if signed_in:
        at_the_desk.signs_in()
    own = f"{session.COOKIE}={at_the_desk.browser.cookies.get(session.COOKIE)}".encode()
    for kind, odd in ODD_HEADERS.items():
        # An odd session stands in place of one's own; beside other odd cookies one's own is sent too.
        has_own = signed_in and b"homeward_session" not in odd.get("cookie", b"")
        cookie = b"; ".join([*([odd["cookie"]] if "cookie" in odd else []), *([own] if has_own else [])])
        # What a page does with them is the same for all; these are one of each sort.
        for path, method in (("/", "GET"), ("/cases", "GET"), ("/evidence/{reference}", "POST"), ("/sign-in", "GET")):
            with subtests.test(f"{method} {path} {kind}"):
                address = path.replace("{reference}", at_the_desk.reference).replace("{kind}", "cover")
                data = at_the_desk.forms if method == "POST" else None
                reply = at_the_desk.browser.request(
                    method,
                    address,
                    headers=[*((n.encode(), v) for n, v in odd.items() if n != "cookie"), (b"cookie", cookie)],
                    data=data,
                )

                assert_sound(reply, (path, kind))
                if path not in PUBLIC and not has_own:
                    assert reply.status_code in (401, 403), (path, kind, reply.status_code)
                    assert_refused(reply, (path, kind))


def test_an_address_nobody_made_is_one_sentence(at_the_desk: AtTheDesk) -> None:
    for address in (
        "/nowhere", "/static/nowhere", "/static/..%2f..%2fapp.py", "/static/%00", "/static/" + "a" * 5000, "/%ff",
        "/cases/%2e%2e/%2e%2e", "/evidence//page", "/docs", "/openapi.json", "/redoc", "/.env", "/" + "x" * 30_000,
    ):  # fmt: skip
        reply = at_the_desk.browser.get(address)

        assert_sound(reply, address)
        assert_refused(reply, address)

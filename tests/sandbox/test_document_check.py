import pytest

from tests.sandbox.harness import JSON, Sandbox

KHM_EXIT, KOR_ENTER = ("KHM", "exit"), ("KOR", "enter")


def check(sandbox: Sandbox, *points: tuple[str, str], **changes: str) -> JSON:
    body = {
        "instrument": "travel_certificate",
        "issuing_state": "KOR",
        "nationality": "KOR",
        "travel_on": "2026-12-01",
        "points": [{"country": country, "verb": verb} for country, verb in points],
        **changes,
    }
    answer: JSON = sandbox.partners.post("/document-check/v1/checks", json=body).raise_for_status().json()
    return answer


@pytest.mark.parametrize(
    ("point", "answer"),
    [
        (KHM_EXIT, "conditional"),
        (KOR_ENTER, "ok"),
        (("THA", "airside_transit"), "ok"),
        (("THA", "landside_transit"), "unknown"),
        (("VNM", "airside_transit"), "conditional"),
        (("CHN", "airside_transit"), "not_ok"),
        (("CHN", "enter"), "not_ok"),
        (("JPN", "airside_transit"), "unknown"),
    ],
)
def test_each_point_meets_its_rule(sandbox: Sandbox, point: tuple[str, str], answer: str) -> None:
    # when one point is checked
    checked = check(sandbox, point)
    # then its rule answers, with a source and a date, and with a condition only where there is one
    (rule,) = checked["rules"]
    assert (rule["country"], rule["verb"], rule["answer"]) == (*point, answer)
    assert (rule["source"], rule["source_date"]) == ("sandbox rule table", "2026-11-01")
    assert bool(rule["condition"]) == (answer == "conditional")


@pytest.mark.parametrize(
    ("points", "worst"),
    [
        ((KOR_ENTER,), "ok"),
        ((KHM_EXIT, KOR_ENTER), "conditional"),
        ((KHM_EXIT, ("JPN", "airside_transit"), KOR_ENTER), "unknown"),
        ((("CHN", "airside_transit"), ("JPN", "airside_transit"), KOR_ENTER), "not_ok"),
    ],
)
def test_a_journey_is_as_good_as_its_worst_point(
    sandbox: Sandbox, points: tuple[tuple[str, str], ...], worst: str
) -> None:
    # when a journey is checked
    checked = check(sandbox, *points)
    # then the worst point answers for it, and the rules stand in the order of the journey
    assert checked["answer"] == worst
    assert [(rule["country"], rule["verb"]) for rule in checked["rules"]] == list(points)


@pytest.mark.parametrize("change", [{"issuing_state": "USA"}, {"nationality": "CHN"}])
def test_the_table_says_nothing_of_other_papers(sandbox: Sandbox, change: dict[str, str]) -> None:
    assert check(sandbox, KOR_ENTER, **change)["answer"] == "unknown"

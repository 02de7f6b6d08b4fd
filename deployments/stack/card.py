"""The card printed when the stack is ready: where everything is, who may sign in, and what to do first."""

from deployments.drill import example
from deployments.stack.first_day import enrol
from tasks.settings import Mode, settings


def text(variables: dict[str, str]) -> str:
    """Return the card; secrets of officers enrolled just now are on it and are never shown again."""
    engine = variables.get("PREFECT_API_URL", settings().prefect_api_url).removesuffix("/api")
    _, _, password = variables.get("PREFECT_API_AUTH_STRING", "").partition(":")
    lines = [
        "",
        "  Homeward is running.",
        "",
        f"  Runs (Prefect UI)   {engine}",
        f"  Password there      {f'admin:{password}' if password else 'as your server asks'}",
        f"  Desk                {settings().desk_url}",
        f"  Figures             http://127.0.0.1:{variables['METRICS_PORT']}/metrics",
        "",
        *_officers(),
        "",
        "  Now open a case:",
        "",
        *_FIRST_STEPS,
        "",
        "  Or let it show you round:  make tour        Stop it:  .venv/bin/homeward down",
        "",
    ]
    return "\n".join(lines)


_FIRST_STEPS = (
    "    .venv/bin/homeward login --officer O-01 --code $(.venv/bin/homeward officers code O-01)",
    f"    .venv/bin/{example.COMMAND}",
    "    .venv/bin/homeward case start KHM-2026-0001",
    "    .venv/bin/homeward inbox --all",
)


def _officers() -> list[str]:
    enrolled = enrol()
    if settings().mode is Mode.live:
        return ["  Officers            add them with `homeward officers add`; their secrets are shown once."]
    if not enrolled:
        return ["  Officers            as enrolled before; in this drill `homeward officers code O-01` shows a code."]
    lines = ["  Officers (shown once; type the enrolment code into an authenticator)", ""]
    for enrolment in enrolled:
        officer = enrolment.officer
        lines += [
            f"    {officer.number}  {officer.name}, {officer.agency}",
            f"          password {enrolment.password}   enrolment code {enrolment.totp_secret}",
            f"          {', '.join(officer.roles)}",
        ]
    return lines

"""Settings: from the environment, else from the files the embedded stack wrote; read once a process."""

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.message import is_email

REPOSITORY = Path(__file__).resolve().parents[1]


class Mode(StrEnum):
    """Whether the system speaks to the sandbox or to the world."""

    drill = "drill"
    live = "live"


class Tls(StrEnum):
    """When mail goes over an encrypted connection."""

    offered = "offered"
    """Whenever the server offers it; a password never goes without."""
    required = "required"


class SettingsUnusable(Exception):
    """A setting is missing, or settings do not fit together; the text says which and what to do."""


class Location(BaseSettings):
    """Where the state of an embedded stack lies; known before any other setting."""

    model_config = SettingsConfigDict(env_prefix="HOMEWARD_")

    var: Path = REPOSITORY / "var"

    @property
    def secrets_file(self) -> Path:
        """Secrets made on the first start."""
        return self.var / "secrets.env"

    @property
    def stack_file(self) -> Path:
        """Addresses of the running stack."""
        return self.var / "stack.env"

    @property
    def cli_session_file(self) -> Path:
        """Token of the officer signed in at the command line."""
        return self.var / "cli-session"


class Purpose(BaseSettings):
    """What may be asked where no stack is: whether papers here are real ones or a drill's."""

    model_config = SettingsConfigDict(env_prefix="HOMEWARD_", extra="ignore")

    mode: Mode = Mode.drill


class SignerToken(BaseSettings):
    """Where the signer's keys are when they are in no file: a token that speaks PKCS#11 (HSM, smart card)."""

    model_config = SettingsConfigDict(env_prefix="HOMEWARD_SIGNER_PKCS11_", extra="ignore")

    module: Path | None = None
    """The maker's library, for example /usr/lib/softhsm/libsofthsm2.so; None: keys lie in the signer's folder."""
    token: str | None = None
    """The token's label."""
    pin: SecretStr | None = None
    """What a user of the token types."""

    @model_validator(mode="after")
    def refuse_half_a_token(self) -> Self:
        """Refuse a token that could not be opened."""
        if len({value is None for value in (self.module, self.token, self.pin)}) > 1:
            raise ValueError("HOMEWARD_SIGNER_PKCS11_MODULE, _TOKEN and _PIN belong together; set all three or none")
        return self


_NOT_ONE_PERSONS = frozenset(
    {
        "", "email", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username",
        "phone_number", "iss", "aud", "azp", "exp", "iat", "nbf", "nonce", "auth_time", "acr", "amr", "at_hash", "sid",
    }
)  # fmt: skip
"""Claims that may pass to another person, or tell none. Source: OpenID Connect Core 1.0 §2 and §5.7."""


class OpenIdSettings(BaseSettings):
    """Where officers may sign in besides with password and code: a provider of OpenID Connect."""

    model_config = SettingsConfigDict(env_prefix="HOMEWARD_OIDC_", extra="ignore")

    issuer: str | None = None
    """The provider's own name for itself, an https address; None: officers sign in with password and code only."""
    client_id: str | None = None
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    """A file that holds the secret and nothing else, in place of `client_secret`."""
    claim: str = "sub"
    """The claim of an ID token that tells who signed in; its value must never pass to another person."""

    @model_validator(mode="after")
    def refuse_what_could_not_be_trusted(self) -> Self:
        """Refuse half a provider, one that is spoken to in clear, and a claim that may pass to somebody else."""
        if not self.issuer:
            if self.client_id or self.client_secret or self.client_secret_file:
                raise ValueError(
                    "a sign-in through a provider needs HOMEWARD_OIDC_ISSUER; set it or none of the others"
                )
            return self
        try:
            address = urlsplit(self.issuer)
            odd = not address.hostname or address.query or address.fragment or address.port == 0
        except ValueError:
            odd = True
        if odd:
            raise ValueError("HOMEWARD_OIDC_ISSUER must be an address like https://login.example/realm")
        if address.scheme != "https" and (address.scheme != "http" or address.hostname not in _HERE):
            raise ValueError(
                "HOMEWARD_OIDC_ISSUER must begin with https://; in clear anybody on the way is any officer"
            )
        if not self.client_id or (self.client_secret is None) == (self.client_secret_file is None):
            raise ValueError(
                "HOMEWARD_OIDC_ISSUER needs HOMEWARD_OIDC_CLIENT_ID and either HOMEWARD_OIDC_CLIENT_SECRET or "
                "HOMEWARD_OIDC_CLIENT_SECRET_FILE"
            )
        if self.claim in _NOT_ONE_PERSONS:
            raise ValueError("HOMEWARD_OIDC_CLAIM must name a claim that never passes to another person, such as sub")
        return self

    @property
    def secret(self) -> SecretStr:
        """What the desk proves itself to the provider with."""
        if self.client_secret is not None:
            return self.client_secret
        try:
            read = self.client_secret_file.read_text().strip() if self.client_secret_file else ""
        except (OSError, UnicodeDecodeError):
            read = ""
        if not read:
            raise SettingsUnusable("HOMEWARD_OIDC_CLIENT_SECRET_FILE holds no secret that can be read; correct it")
        return SecretStr(read)


class Settings(BaseSettings):
    """Everything that differs between one installation and another."""

    model_config = SettingsConfigDict(env_prefix="HOMEWARD_", extra="ignore", populate_by_name=True)

    mode: Mode = Mode.drill
    database_url: SecretStr
    """`postgresql+psycopg://homeward_app:…@host/homeward`: the application's own role."""
    owner_database_url: SecretStr | None = None
    """The role that owns the tables; migrations only."""
    prefect_api_url: str = Field(validation_alias="PREFECT_API_URL")
    prefect_api_auth_string: SecretStr | None = Field(default=None, validation_alias="PREFECT_API_AUTH_STRING")
    deployment: str = "repatriate/homeward"
    """Flow and deployment name of the journey in the engine."""
    operation_deployment: str = "operate/homeward"
    """Flow and deployment name of what begins many journeys."""

    key_encryption_keys: dict[str, SecretStr]
    """Key id to 32 bytes in base64; all may open, `key_encryption_key_id` seals."""
    key_encryption_key_id: str
    lookup_key: SecretStr
    """32 bytes in base64 for keyed hashes of numbers and of audited values."""

    sealer_socket: Path | None = None
    """Unix socket of the process that seals the audit chain; without one the chain is not sealed."""
    signer_socket: Path | None = None
    """Unix socket of the process that seals and signs travel documents; without one none is released."""
    document_password: SecretStr | None = Field(default=None, min_length=12)
    """What opens the file of a released document; None: it is not encrypted."""

    registry_url: str
    registry_token: SecretStr
    lookouts_url: str
    lookouts_token: SecretStr
    airline_url: str
    airline_token: SecretStr
    airline_webhook_secret: SecretStr | None = None
    """What the airline signs its messages with; without it none is taken, and orders are only read in their turn."""
    document_check_url: str
    document_check_token: SecretStr
    carrier_desk_url: str
    carrier_desk_token: SecretStr
    host_authority_url: str
    host_authority_token: SecretStr
    border_control_url: str
    border_control_token: SecretStr
    treasury_url: str
    treasury_token: SecretStr
    receiving_agency_url: str
    receiving_agency_token: SecretStr

    policy_file: Path | None = None
    """Who decides what; None: the policy in `tasks/decisions/policy.toml`."""
    desk_url: str
    """Address of the desk as officers reach it; papers and evidence are linked with it."""
    mission_phone: str = "+82232100404"
    """E.164; shown to airlines and on papers instead of the traveller's own number (Korea's consular call centre)."""
    mission_email: str = "desk@homeward.example"
    receiving_agency: str = "incheon-airport-desk"
    """Agency a new case is offered to unless the coordinator names another."""
    adult_at: int = Field(default=19, ge=18, le=21)
    """Years at which a person is of age: 19 under Korea's Civil Act art. 4; whoever may be younger is a child."""
    child_agencies: str = "child-protection-agency"
    """Short names of receivers that may take a minor, with commas between."""
    police_receivers: str = "incheon-airport-police"
    """Short names of receivers that investigate or prosecute, besides those whose name says so."""
    search_days: int = 5
    """How many days ahead seats are searched."""

    smtp_host: str | None = None
    """The mail server officers' messages go through; without one nothing is mailed and messages wait."""
    smtp_port: int = 587
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str | None = None
    smtp_tls: Tls = Tls.offered

    drill_hosts: str = ""
    """Other hosts a drill may speak to, with commas between; a drill reports documents stolen and buys seats."""

    @model_validator(mode="after")
    def refuse_a_mix(self) -> Self:
        """Refuse the sandbox's tokens in live mode and an airline's live token in a drill."""
        airline_is_live = self.airline_token.get_secret_value().startswith("duffel_live_")
        if self.mode is Mode.live:
            sandboxed = [name for name in _TOKENS if _is_sandbox(getattr(self, name))]
            if sandboxed:
                named = ", ".join(f"HOMEWARD_{name.upper()}" for name in sandboxed)
                raise ValueError(f"live mode needs real partners; set {named}")
            if self.airline_webhook_secret is not None and _is_sandbox(self.airline_webhook_secret):
                raise ValueError("live mode needs HOMEWARD_AIRLINE_WEBHOOK_SECRET from the airline itself")
            if not airline_is_live:
                raise ValueError("live mode needs HOMEWARD_AIRLINE_TOKEN to begin with duffel_live_")
        elif foreign := self._foreign_hosts():
            raise ValueError(
                f"a drill speaks to this machine only, not to {', '.join(foreign)}; name test hosts in "
                "HOMEWARD_DRILL_HOSTS, or set the mode"
            )
        elif airline_is_live:
            raise ValueError("a drill must not hold a live airline token; unset HOMEWARD_AIRLINE_TOKEN or set the mode")
        return self

    @model_validator(mode="after")
    def refuse_half_a_mail_server(self) -> Self:
        """Refuse a mail server that could not be used."""
        if self.smtp_host and not is_email(self.smtp_from or ""):
            raise ValueError("a mail server needs HOMEWARD_SMTP_FROM, one plain e-mail address")
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError("HOMEWARD_SMTP_USER and HOMEWARD_SMTP_PASSWORD belong together; set both or none")
        return self

    def _foreign_hosts(self) -> list[str]:
        allowed = _HERE | {host.strip() for host in self.drill_hosts.split(",")}
        hosts = {urlsplit(getattr(self, name)).hostname or "?" for name in _ADDRESSES}
        return sorted(hosts - allowed)


_ADDRESSES = tuple(f"{name.removesuffix('_token')}_url" for name in Settings.model_fields if name.endswith("_token"))
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_TOKENS = tuple(name for name in Settings.model_fields if name.endswith("_token"))


def _is_sandbox(token: SecretStr) -> bool:
    value = token.get_secret_value()
    return value.startswith(("sandbox", "duffel_test_"))


def purpose() -> Mode:
    """
    Return whether this is a drill or live, also where nothing else is configured.

    Raises:
        SettingsUnusable: HOMEWARD_MODE is neither.
    """
    where = Location()
    try:
        return Purpose(_env_file=(where.secrets_file, where.stack_file)).mode
    except ValueError as unusable:
        raise SettingsUnusable(one_sentence(unusable)) from None


@cache
def signer_token() -> SignerToken | None:
    """
    Return the token that holds the signer's keys, also where nothing else is configured; None when files do.

    Raises:
        SettingsUnusable: only part of it is set.
    """
    where = Location()
    try:
        found = SignerToken(_env_file=(where.secrets_file, where.stack_file))
    except ValueError as unusable:
        raise SettingsUnusable(one_sentence(unusable)) from None
    return found if found.module is not None else None


@cache
def openid() -> OpenIdSettings | None:
    """
    Return the provider officers may sign in through; None where there is none.

    Raises:
        SettingsUnusable: only part of it is set, or it could not be trusted.
    """
    where = Location()
    try:
        found = OpenIdSettings(_env_file=(where.secrets_file, where.stack_file))
        if found.issuer:
            _ = found.secret
    except ValueError as unusable:
        raise SettingsUnusable(one_sentence(unusable)) from None
    return found if found.issuer else None


@cache
def settings() -> Settings:
    """
    Return the settings of this process.

    Raises:
        SettingsUnusable: something is missing or contradicts; values are not repeated in the text.
    """
    where = Location()
    try:
        return Settings(_env_file=(where.secrets_file, where.stack_file))
    except ValueError as unusable:
        raise SettingsUnusable(one_sentence(unusable)) from None


def one_sentence(unusable: ValueError) -> str:
    """Return what is wrong with settings in one sentence that repeats no value."""
    errors = getattr(unusable, "errors", None)
    if errors is None:
        return str(unusable)
    found = errors(include_input=False, include_url=False, include_context=False)
    missing = [".".join(map(str, e["loc"])) for e in found if e["type"] == "missing"]
    if len(missing) > 5:
        return "no stack is configured here; start one with `homeward up`, or set what the README lists under Settings"
    if missing:
        names = ", ".join(name if name.isupper() else f"HOMEWARD_{name.upper()}" for name in missing)
        return f"these settings are missing: {names}; start the stack with `homeward up` or set them"
    return "; ".join(": ".join([*map(str, e["loc"]), e["msg"].removeprefix("Value error, ")]) for e in found)

"""
The identity provider officers may sign in through: OpenID Connect, authorization code flow with PKCE.

It says who somebody is, and nothing of what they may do. It is told nothing of any case. Configuration and keys are
read anew for each sign-in, so that a key it has withdrawn is good for nobody.

Sources: OpenID Connect Core 1.0 and Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (issuer in the answer), RFC 9700.
"""

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx
from authlib.oauth2 import OAuth2Client, OAuth2Error
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from models.officer import LONGEST_ACCOUNT
from tasks.partners.errors import PartnerAnswerUnclear, PartnerRefused, PartnerUnavailable
from tasks.partners.transport import certificates, understanding
from tasks.settings import OpenIdSettings

PARTNER = "identity provider"

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures only the provider can make. With HS256 whoever knows the client's secret could make one too."""

ATTEMPT_LASTS_S = 600
"""How long somebody may take at the provider."""

CLOCKS_DIFFER_S = 60
"""By how much the provider's clock may be off."""

_CONNECT_S, _READ_S = 5.0, 10.0
_A_CODE = re.compile(r"[a-z_]{1,60}")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What must come back unchanged; it stays with the browser that began, and nobody else may read it."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    code_verifier: str = field(default_factory=lambda: secrets.token_urlsafe(64))
    begun_at: int = field(default_factory=lambda: int(time.time()))
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider sent the browser back with."""

    state: str
    code: str
    error: str
    issuer: str


class IdentityProvider:
    """The provider's client; `return_to` is the desk's own address the browser comes back to."""

    def __init__(
        self, configured: OpenIdSettings, *, return_to: str, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._issuer, self._client_id = str(configured.issuer), str(configured.client_id)
        self._secret, self._claim, self._return_to = configured.secret, configured.claim, return_to
        self._http = httpx.Client(
            headers={"Accept": "application/json", "User-Agent": "homeward"},
            timeout=httpx.Timeout(_READ_S, connect=_CONNECT_S),
            transport=transport or httpx.HTTPTransport(retries=0, verify=certificates()),
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def begin(self, attempt: Attempt) -> str:
        """
        Return the address at the provider at which somebody signs in.

        They are asked there anew each time, else who signs out of a shared machine would leave it open.

        Raises:
            PartnerUnavailable, PartnerRefused, PartnerAnswerUnclear: it does not say where that is.
        """
        metadata = self._metadata()
        with understanding(PARTNER):
            address, _ = self._client().create_authorization_url(
                metadata["authorization_endpoint"],
                state=attempt.state,
                code_verifier=attempt.code_verifier,
                nonce=attempt.nonce,
                prompt="login",
                # So that the answer says when they were asked.
                max_age=ATTEMPT_LASTS_S,
            )
            return str(address)

    def finish(self, answer: Answer, attempt: Attempt) -> str:
        """
        Return the account that signed in, by the claim that tells it.

        Raises:
            PartnerRefused: nobody was signed in there, or the answer belongs to another attempt or provider.
            PartnerUnavailable: it did not answer.
            PartnerAnswerUnclear: what it says of who that is does not hold.
        """
        if not secrets.compare_digest(answer.state.encode(), attempt.state.encode()):
            raise PartnerRefused(PARTNER, "answered to another attempt, or too late")
        metadata = self._metadata()
        named = metadata.get("authorization_response_iss_parameter_supported") is True
        if (named or answer.issuer) and answer.issuer != self._issuer:
            raise PartnerRefused(PARTNER, "was not the one that answered")
        if not answer.code or answer.error:
            code = answer.error if _A_CODE.fullmatch(answer.error) else None
            raise PartnerRefused(PARTNER, f"signed nobody in ({code or 'no code'})", code=code)
        return self._account(self._tokens(metadata, answer.code, attempt), metadata, attempt)

    def _client(self) -> OAuth2Client:
        # Authlib's client over our own httpx: its integration wants httpx2, which nothing else here uses.
        return OAuth2Client(
            self._http,
            client_id=self._client_id,
            redirect_uri=self._return_to,
            scope="openid",
            code_challenge_method="S256",
        )

    def _metadata(self) -> OpenIDProviderMetadata:
        metadata = OpenIDProviderMetadata(self._read(get_well_known_url(self._issuer, external=True)))
        with understanding(PARTNER):
            metadata.validate()
        if metadata["issuer"] != self._issuer:
            raise PartnerAnswerUnclear(PARTNER, "calls itself otherwise than HOMEWARD_OIDC_ISSUER does")
        return metadata

    def _tokens(self, metadata: OpenIDProviderMetadata, code: str, attempt: Attempt) -> dict[str, Any]:
        secret = self._secret.get_secret_value()
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        proof: dict[str, Any] = {"auth": (self._client_id, secret)}
        if "client_secret_basic" not in methods:
            proof = {"auth": _unchanged, "client_id": self._client_id, "client_secret": secret}
        try:
            with _reaching(), understanding(PARTNER):
                return dict(
                    self._client().fetch_token(
                        metadata["token_endpoint"],
                        grant_type="authorization_code",
                        code=code,
                        code_verifier=attempt.code_verifier,
                        **proof,
                    )
                )
        except OAuth2Error as refused:
            code_of_it = str(refused.error) if _A_CODE.fullmatch(str(refused.error)) else None
            raise PartnerRefused(PARTNER, f"took the code for no good ({code_of_it})", code=code_of_it) from None

    def _account(self, tokens: dict[str, Any], metadata: OpenIDProviderMetadata, attempt: Attempt) -> str:
        keys: Any = self._read(metadata["jwks_uri"])
        options = {
            self._claim: {"essential": True},
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._client_id},
            "sub": {"essential": True},
        }
        known = {
            "nonce": attempt.nonce, "client_id": self._client_id, "access_token": tokens.get("access_token"),
            "max_age": ATTEMPT_LASTS_S,
        }  # fmt: skip
        try:
            with understanding(PARTNER):
                # What a header has besides is passed over, but for what it calls critical.
                taken = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
                token = jwt.decode(tokens["id_token"], KeySet.import_key_set(keys), registry=taken)
                claims = CodeIDToken(token.claims, token.header, options, known)
                claims.validate(leeway=CLOCKS_DIFFER_S)
        except JoseError as broken:
            what = getattr(broken, "claim", None) or broken.error
            raise PartnerAnswerUnclear(PARTNER, f"sent an ID token that does not hold ({what})") from None
        if not claims["auth_time"] >= attempt.begun_at - CLOCKS_DIFFER_S:
            raise PartnerAnswerUnclear(PARTNER, "did not ask anew who that is (auth_time)")
        return self._readable(claims[self._claim])

    def _readable(self, account: object) -> str:
        if not isinstance(account, str) or not 0 < len(account) <= LONGEST_ACCOUNT or not account.isprintable():
            raise PartnerAnswerUnclear(PARTNER, f"sent an ID token that does not hold ({self._claim})")
        return account

    def _read(self, address: str) -> dict[str, Any]:
        with _reaching(), understanding(PARTNER):
            reply = self._http.get(address)
            if reply.is_success and isinstance(found := reply.json(), dict):
                return found
            reply.raise_for_status()
        raise PartnerAnswerUnclear(PARTNER, "answered in a shape we do not know")


def _unchanged(request: httpx.Request) -> httpx.Request:
    """Add nothing to a request: the client proves itself in its body."""
    return request


@contextmanager
def _reaching() -> Iterator[None]:
    """Turn httpx's errors into those of a partner."""
    try:
        yield
    except (httpx.TransportError, httpx.DecodingError) as failed:
        raise PartnerUnavailable(PARTNER, f"did not answer ({type(failed).__name__})") from None
    except httpx.InvalidURL:
        raise PartnerAnswerUnclear(PARTNER, "names an address that is none") from None
    except httpx.HTTPStatusError as failed:
        status = failed.response.status_code
        if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise PartnerUnavailable(PARTNER, f"answered {status}", status=status) from None
        raise PartnerRefused(PARTNER, f"answered {status}", status=status) from None

"""
An identity provider on loopback: OpenID Connect's code flow with PKCE, as a provider has to judge it.

What a hostile or broken one would say is said through `twists`; nothing else of it changes.
"""

import base64
import hashlib
import hmac
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT_ID, SECRET = "homeward-desk", "what the desk and the provider know"


@dataclass
class Provider:
    """What it knows, what it was asked, and how it answers."""

    issuer: str
    return_to: str = ""
    """The only address a browser is sent back to."""
    account: str = "a1b2-C3D4"
    """Who is at its own sign-in page, and types the right password there."""
    claims: dict[str, Any] = field(default_factory=dict)
    """What an ID token says besides, or instead; None leaves a claim out."""
    header: dict[str, Any] = field(default_factory=dict)
    signs: Callable[["Provider", dict[str, Any], dict[str, Any]], str] | None = None
    """In place of its own signature: header and claims to a token."""
    tokens: dict[str, Any] = field(default_factory=dict)
    """What the answer to a code holds besides, or instead."""
    configuration: dict[str, Any] = field(default_factory=dict)
    """What its configuration says besides, or instead."""
    back: dict[str, str] = field(default_factory=dict)
    """What the browser brings back besides, or instead."""
    broken: dict[str, Response] = field(default_factory=dict)
    """By path, what is answered in its place."""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    asked: list[dict[str, str]] = field(default_factory=list)
    """With what browsers came."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    """Those that were not taken yet."""
    exchanged: list[dict[str, str]] = field(default_factory=list)
    """Every try to exchange a code."""

    def id_token(self, nonce: str) -> str:
        """Say who signed in, signed."""
        at = int(time.time())
        said = {
            "iss": self.issuer, "sub": self.account, "aud": CLIENT_ID, "iat": at, "exp": at + 300, "nonce": nonce,
            "auth_time": at, **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in said.items() if value is not None}
        header = {"alg": "RS256", "kid": "one", **self.header}
        return self.signs(self, header, claims) if self.signs else jwt.encode(header, claims, self.key)

    def app(self) -> FastAPI:
        """The provider over HTTP."""
        served = FastAPI()

        @served.middleware("http")
        async def breaks(request: Request, call_next: Any) -> Response:
            return self.broken.get(request.url.path) or await call_next(request)

        @served.get("/.well-known/openid-configuration")
        def configuration() -> dict[str, Any]:
            return {
                "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                "code_challenge_methods_supported": ["S256"], **self.configuration,
            }  # fmt: skip

        @served.get("/keys")
        def keys() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        @served.get("/authorize")
        def authorize(request: Request) -> Response:
            asked = dict(request.query_params)
            self.asked.append(asked)
            if (asked.get("client_id"), asked.get("redirect_uri")) != (CLIENT_ID, self.return_to):
                return JSONResponse({"error": "invalid_request"}, 400)
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            back = {"code": code, "state": asked["state"], **self.back}
            return RedirectResponse(f"{self.return_to}?{urlencode(back)}", 303)

        @served.post("/token")
        async def token(request: Request) -> Response:
            sent = {name: str(value) for name, value in (await request.form()).items()}
            self.exchanged.append(sent)
            if not self._is_the_desk(request, sent):
                return JSONResponse({"error": "invalid_client"}, 401)
            asked = self.codes.pop(sent.get("code", ""), None)
            if asked is None or not self._fits(asked, sent):
                return JSONResponse({"error": "invalid_grant", "error_description": self.account}, 400)
            answer = {
                "access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 60,
                "id_token": self.id_token(asked["nonce"]), **self.tokens,
            }  # fmt: skip
            return JSONResponse({name: value for name, value in answer.items() if value is not None})

        return served

    def _is_the_desk(self, request: Request, sent: dict[str, str]) -> bool:
        methods = self.configuration.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if methods == ["client_secret_post"]:
            return (sent.get("client_id"), sent.get("client_secret")) == (CLIENT_ID, SECRET)
        expected = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
        return hmac.compare_digest(request.headers.get("authorization", ""), f"Basic {expected}")

    @staticmethod
    def _fits(asked: dict[str, str], sent: dict[str, str]) -> bool:
        # Source: RFC 7636 §4.6.
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return (
            sent.get("grant_type") == "authorization_code"
            and sent.get("redirect_uri") == asked["redirect_uri"]
            and asked.get("code_challenge_method") == "S256"
            and challenge == asked.get("code_challenge")
        )


@contextmanager
def running(host: str = "localhost") -> Iterator[Provider]:
    """A provider on a free port; by name, so that to a browser it is another site than the desk."""
    listening = socket.create_server(("127.0.0.1", 0))
    provider = Provider(f"http://{host}:{listening.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(provider.app(), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def part(content: dict[str, Any]) -> str:
    """One part of a token as it is written."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def unsigned(_: Provider, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token without a signature that says it needs none."""
    return f"{part({**header, 'alg': 'none'})}.{part(claims)}."


def stripped(provider: Provider, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token whose signature was taken off."""
    return jwt.encode(header, claims, provider.key).rpartition(".")[0] + "."


def altered(provider: Provider, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token somebody wrote another account into."""
    head, _, signature = jwt.encode(header, claims, provider.key).split(".")
    return f"{head}.{part({**claims, 'sub': 'somebody-else'})}.{signature}"


def by_public_key(provider: Provider, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token signed with what everybody knows, as if the public key were a shared secret."""
    return _mac(provider.key.as_pem(private=False), header, claims)


def by_the_clients_secret(_: Provider, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token signed with the secret of a client."""
    return _mac(SECRET.encode(), header, claims)


def _mac(secret: bytes, header: dict[str, Any], claims: dict[str, Any]) -> str:
    signed = f"{part({**header, 'alg': 'HS256'})}.{part(claims)}"
    signature = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def by_another_key(_: Provider, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token signed by somebody who gives their key the name of the provider's."""
    return jwt.encode(header, claims, RSAKey.generate_key(2048, {"kid": "one"}))


def by_a_key_in_the_token(_: Provider, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token that brings the key it is to be judged by."""
    key = ECKey.generate_key("P-256", {"kid": "mine"})
    own = {**header, "alg": "ES256", "kid": "mine", "jwk": key.as_dict(private=False)}
    signed = f"{part(own)}.{part(claims)}"
    assert key.private_key is not None
    r, s = utils.decode_dss_signature(key.private_key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def critical(provider: Provider, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token, well signed, that says it means something nobody here knows."""
    signed = f"{part({**header, 'crit': ['unheard-of'], 'unheard-of': True})}.{part(claims)}"
    assert provider.key.private_key is not None
    signature = provider.key.private_key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"

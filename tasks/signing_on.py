"""Signing in through the identity provider: going there, and finding out on return which officer that is."""

from tasks import case_file, identities
from tasks.identities import Known
from tasks.partners.identity_provider import Answer, Attempt, IdentityProvider
from tasks.settings import openid, settings

RETURN = "/sign-in/openid/return"
"""Where at the desk the provider sends a browser back to; an address the provider must have been told of."""


def begin() -> tuple[str, Attempt]:
    """
    Return the provider's address to sign in at, and what must come back from there.

    Raises:
        case_file.Refused: there is no provider.
        PartnerError: it cannot be used now.
    """
    attempt = Attempt()
    with _provider() as provider:
        return provider.begin(attempt), attempt


def finish(answer: Answer, attempt: Attempt) -> Known:
    """
    Return the officer who signed in at the provider.

    Raises:
        case_file.Refused: there is no provider.
        PartnerError: it signed nobody in, or what it says does not hold.
        identities.NobodysAccount: the account belongs to no officer.
        officers.NotProved: the officer is out of service, or has to wait.
    """
    with _provider() as provider:
        account = provider.finish(answer, attempt)
    return identities.known(account)


def _provider() -> IdentityProvider:
    if (configured := openid()) is None:
        raise case_file.Refused(identities.NO_PROVIDER)
    return IdentityProvider(configured, return_to=settings().desk_url.rstrip("/") + RETURN)

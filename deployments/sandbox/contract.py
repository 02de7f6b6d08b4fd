"""What all our own small partners share: the token, the form of an error, money, moments and ids."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from deployments.sandbox.population import Population
from deployments.sandbox.storage import Storage

BEARER = "sandbox"
"""The one token every partner but the airline takes."""


class Message(BaseModel):
    """A body of one of our own contracts; unknown fields are refused, so that a client's mistake shows at once."""

    model_config = ConfigDict(extra="forbid")


class ErrorDetail(Message):
    """What went wrong."""

    code: str
    message: str
    """One sentence without anything personal."""


class ErrorAnswer(Message):
    """The body of every answer that is not a success."""

    error: ErrorDetail


class Refused(Exception):
    """A clear no of one of our own partners."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Money(Message):
    """An amount as a decimal string; no limit exists."""

    amount: str = Field(pattern=r"^-?\d+(\.\d+)?$", examples=["230.00"])
    currency: str = Field(pattern=r"^[A-Z]{3}$", examples=["USD"])


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Moment = Annotated[AwareDatetime, PlainSerializer(_written), WithJsonSchema({"type": "string", "format": "date-time"})]
"""RFC 3339 in UTC, whole seconds, ending in `Z`."""

Text = Annotated[str, Field(min_length=1, max_length=300)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["KHM"])]
"""ISO 3166-1 alpha-3."""

ClientId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,100}$", description="An id the client makes.")]

_bearer = HTTPBearer(auto_error=False, description="The word `sandbox`.")


async def require_token(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
    """Refuse a request that does not carry the sandbox's token."""
    if credentials is None or credentials.credentials != BEARER:
        raise Refused(401, "unauthorised", "The request needs the header Authorization: Bearer sandbox.")


async def storage_of(request: Request) -> Storage:
    """Return the storage of the application that answers."""
    storage: Storage = request.app.state.storage
    return storage


async def population_of(request: Request) -> Population:
    """Return the people the registry and the lookouts know."""
    population: Population = request.app.state.population
    return population


Store = Annotated[Storage, Depends(storage_of)]
People = Annotated[Population, Depends(population_of)]

ERRORS: dict[int | str, dict[str, object]] = {
    401: {"model": ErrorAnswer, "description": "No token, or another one"},
    422: {"model": ErrorAnswer, "description": "A body or parameter that does not fit"},
}
NOT_FOUND: dict[int | str, dict[str, object]] = {404: {"model": ErrorAnswer, "description": "Unknown id"}}
DIFFERENT_BODY: dict[int | str, dict[str, object]] = {
    409: {"model": ErrorAnswer, "description": "The id was used before with a different body"}
}

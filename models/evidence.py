"""The shape every proposal's content shares: frozen facts, salted, and one way to show them to a decider."""

from abc import ABC, abstractmethod
from typing import Any

from pydantic import BaseModel, ConfigDict

Section = tuple[str, list[tuple[str, str]]]
"""A heading with its captioned lines, as the evidence view shows them."""


class Content(BaseModel, ABC):
    """What one proposal says. The digest covers all of it; `sections` shows all of it but the salt."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    salt: str
    """Derived from the person's key, so that nobody can try numbers against the stored digest."""

    def canonical_content(self) -> dict[str, Any]:
        """Return the content as plain JSON values, the form the digest is taken over."""
        return self.model_dump(mode="json")

    @abstractmethod
    def sections(self) -> list[Section]:
        """Return what the decider sees, in order."""

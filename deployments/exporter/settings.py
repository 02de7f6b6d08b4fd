"""Settings of the exporter."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ExporterSettings(BaseSettings):
    """Who may read the figures."""

    model_config = SettingsConfigDict(env_prefix="HOMEWARD_")

    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    """What Prometheus brings as a bearer token; needed wherever the exporter listens beyond this machine."""

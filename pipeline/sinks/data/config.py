"""Where data goes beside the video: what a config file may say under `data:`."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, model_validator

Of = Literal["events", "objects"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CsvConfig(_Part):
    """A table as text."""

    path: Annotated[Path, Field(description="the file; {source} in it stands for the source's name")]
    of: Annotated[Of, Field(description="a row for each event, or for each object in each frame")] = "events"


class ParquetConfig(_Part):
    """A table for pandas, DuckDB and the like; needs pyarrow."""

    path: Annotated[Path, Field(description="the file; {source} in it stands for the source's name")]
    of: Annotated[Of, Field(description="a row for each event, or for each object in each frame")] = "objects"


class SqliteConfig(_Part):
    """A database that grows from run to run, and can be asked while it does."""

    path: Annotated[Path, Field(description="the database; several sources and runs may share it")]
    objects: Annotated[bool, Field(description="also each object in each frame, not the events alone")] = False


class WebhookConfig(_Part):
    """A server that each event is posted to."""

    url: Annotated[str, Field(description="http:// or https:// address; one that is a secret: url_file")] = ""
    url_file: Annotated[Path | None, Field(description="file with the address in its first line")] = None
    secret_file: Annotated[
        Path | None, Field(description="file with the secret that bodies are signed with (Standard Webhooks)")
    ] = None
    token_file: Annotated[Path | None, Field(description="file with a token, sent as Authorization: Bearer")] = None
    ca_file: Annotated[Path | None, Field(description="certificates to trust, PEM; the usual ones otherwise")] = None
    timeout_s: Annotated[float, Field(gt=0, le=300, description="how long the server may take to answer")] = 10.0
    first_wait_s: Annotated[float, Field(gt=0, le=3600, description="after a first failure; it doubles")] = 1.0
    most_wait_s: Annotated[float, Field(gt=0, le=3600, description="between two tries")] = 60.0

    @model_validator(mode="after")
    def _one_address(self) -> WebhookConfig:
        if bool(self.url) == (self.url_file is not None):
            raise ValueError("give either url or url_file")
        return self


class MqttConfig(_Part):
    """A broker that events and counts are published at."""

    host: Annotated[str, Field(min_length=1, description="name or address of the broker")]
    port: Annotated[int, Field(ge=0, le=65535, description="0: 8883 with TLS, 1883 without")] = 0
    tls: Annotated[bool, Field(description="encrypt, and check the broker's certificate")] = False
    ca_file: Annotated[Path | None, Field(description="certificates to trust, PEM; the usual ones otherwise")] = None
    username: Annotated[str, Field(description="empty: none")] = ""
    password_file: Annotated[Path | None, Field(description="file with the password in its first line")] = None
    topic: Annotated[
        str, Field(pattern=r"^[^+#\s/]+(/[^+#\s/]+)*$", description="first part of all topics, without + and #")
    ] = "sluice"
    discovery: Annotated[
        str, Field(pattern=r"^[^+#\s]*$", description="Home Assistant's discovery prefix; empty: tell it nothing")
    ] = "homeassistant"
    keepalive_s: Annotated[
        int, Field(ge=5, le=3600, description="after 1.5 times this long the broker calls us off")
    ] = 30
    timeout_s: Annotated[float, Field(gt=0, le=300, description="how long the broker may take to acknowledge")] = 10.0


class SpoolConfig(_Part):
    """What could not be sent yet waits here, and is sent by a later run if need be."""

    folder: Annotated[
        Path | None, Field(description="of the spools, one for each receiver and source; the user's state otherwise")
    ] = None
    most_mb: Annotated[float, Field(gt=0, le=100_000, description="of each spool; beyond, the oldest are lost")] = 64.0
    drain_s: Annotated[
        float, Field(ge=0, le=3600, description="how long the end of a run waits for what still has to be sent")
    ] = 5.0

    @property
    def most_bytes(self) -> int:
        """The limit in bytes."""
        return int(self.most_mb * 1e6)

    def path_of(self, kind: str, receiver: str, source: str) -> Path:
        """The spool of one receiver and one source; its name tells no address."""
        folder = self.folder or platformdirs.user_state_path("sluice") / "spool"
        told = hashlib.sha256(f"{receiver}\n{source}".encode()).hexdigest()[:16]
        return folder / f"{kind}-{told}.spool"


class DataConfig(_Part):
    """Where data goes beside the video and its JSON Lines; nothing, unless it is named."""

    csv: CsvConfig | None = None
    sqlite: SqliteConfig | None = None
    parquet: ParquetConfig | None = None
    webhook: WebhookConfig | None = None
    mqtt: MqttConfig | None = None
    spool: SpoolConfig = SpoolConfig()


def plain_name(text: str) -> str:
    """A name that can stand in a file name or a topic.

    >>> plain_name("rtsp://gate/1"), plain_name("../Hof 2.mp4")
    ('rtsp-gate-1', 'Hof-2.mp4')
    """
    return re.sub(r"[^\w.-]+", "-", text).strip("-.") or "source"

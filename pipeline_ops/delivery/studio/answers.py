"""What the API takes and gives, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from pipeline_ops.catalog.arrivals import LONGEST_FILE_NAME
from pipeline_ops.catalog.studio_tables import ArrivalState
from pipeline_ops.catalog.tables import TranslationState
from pipeline_ops.catalog.tokens import Scope
from pipeline_ops.catalog.trust_tables import Use
from pipeline_ops.delivery.studio.deciding import Choice
from pipeline_ops.delivery.studio.library import Standing
from pipeline_ops.delivery.studio.progress import StageWord
from pipeline_ops.delivery.studio.uploading import MOST_ADDRESSES
from pipeline_ops.incoming.storage import MOST_PARTS
from pipeline_ops.request import MAXIMUM_TARGET_LANGUAGES

LONGEST_NOTE = 2000
LARGEST_SIZE_BYTES = 1 << 62
"""What the database counts; the deployment's limit is far below."""

Text = Annotated[str, StringConstraints(pattern=r"^[^\u0000]*$")]
"""PostgreSQL keeps no zero bytes."""


def _whole(value: Any) -> Any:
    """Take `12.0` for 12, as JSON Schema does; anything else is left to be judged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = BeforeValidator(_whole)


class _Taken(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Given(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Problem(BaseModel):
    """Why something was not done."""

    code: str
    detail: str


class NewUpload(_Taken):
    """A file that is about to be sent."""

    file_name: Annotated[Text, Field(min_length=1, max_length=LONGEST_FILE_NAME)]
    size_bytes: Annotated[int, Field(ge=1, le=LARGEST_SIZE_BYTES), Whole]
    media_type: Annotated[Text, Field(max_length=100)] = ""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class WantedParts(_Taken):
    """Parts whose addresses are wanted, counted from 1."""

    numbers: Annotated[
        list[Annotated[int, Field(ge=1, le=MOST_PARTS), Whole]],
        Field(min_length=1, max_length=MOST_ADDRESSES),
    ]


class PartPlace(_Given):
    """Where a part is to be PUT, without further headers; an address that begins with `/` is the studio's."""

    number: int
    size_bytes: int
    address: str


class PartPlaces(_Given):
    """The addresses, and for how long they hold."""

    addresses: list[PartPlace]
    holds_s: float


class ReceivedPart(_Given):
    """A part that came."""

    number: int
    size_bytes: int


class Upload(_Given):
    """An upload; `parts` are those that came, while it is open. `video_id` is set once it is `ready`."""

    id: str
    state: ArrivalState
    file_name: str
    size_bytes: int
    part_bytes: int
    part_count: int
    received_bytes: int
    parts: list[ReceivedPart]
    video_id: str | None
    reason_code: str | None
    message: str | None
    created_at: datetime
    ended_at: datetime | None


class Version(_Given):
    """One finished translation."""

    run_id: str
    state: TranslationState
    checkpoint: str
    made_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str | None


class LanguageStanding(_Given):
    """How a video stands in a language."""

    language: str
    standing: Standing
    run_id: str
    reason_code: str | None
    message: str | None
    is_renewed: bool
    versions: list[Version]


class Video(_Given):
    """One video."""

    id: str
    name: str
    media_id: str | None
    size_bytes: int
    uploaded_at: datetime
    duration_s: float | None
    source_language: str | None
    languages: list[LanguageStanding]


class WantedLanguages(_Taken):
    """Languages to translate into, as tags: pt, es."""

    languages: Annotated[
        list[Annotated[Text, Field(min_length=2, max_length=35)]],
        Field(min_length=1, max_length=MAXIMUM_TARGET_LANGUAGES),
    ]


class Asked(_Given):
    """What came of asking: the run that was started for `languages`; those `settled` needed none."""

    run_id: str | None
    languages: list[str]
    settled: list[str]


class StageProgress(_Given):
    """One stage."""

    stage: str
    phrase: str
    language: str | None
    word: StageWord
    seconds: float | None


class RunProgress(_Given):
    """A run at one moment; where `is_known` is false, Airflow does not answer just now."""

    run_id: str
    is_over: bool
    is_known: bool
    languages: list[str]
    stages: list[StageProgress]


class Decision(_Taken):
    """What a creator decides about the version that they saw, named by its checkpoint."""

    choice: Choice
    checkpoint: Annotated[Text, Field(max_length=140)]
    note: Annotated[Text, Field(max_length=LONGEST_NOTE)] = ""


class PastConsent(_Given):
    """One agreement, in force or not, and to which text."""

    text_version: str
    given_at: datetime
    given_by: str
    revoked_at: datetime | None
    revoked_by: str | None


class ConsentText(_Given):
    """What is asked; `without` is what is done where one does not agree."""

    version: str
    title: str
    paragraphs: list[str]
    without: str


class Consent(_Given):
    """How one use stands; nothing `counts` before one agrees to be dubbed.

    `agreed_at` is null where one does not agree; `shown` is how many dubs that viewers get use it.
    """

    use: Use
    text: ConsentText
    agreed_at: datetime | None
    agreed_version: str | None
    counts: bool
    shown: int
    past: list[PastConsent]


class Agreement(_Taken):
    """To which version of the text one agrees: the one that was read."""

    text_version: Annotated[Text, Field(max_length=100)]


class Revocation(_Taken):
    """Why one agrees no more; may be empty."""

    why: Annotated[Text, Field(max_length=LONGEST_NOTE)] = ""


class Views(_Given):
    """What viewers did with one sound track of a video."""

    language: str
    is_dub: bool
    impressions: int
    chosen: int
    starts: int
    finishes: int
    stalls: int
    stalled_s: float
    watched_s: float


class Limits(_Given):
    """What is taken."""

    max_size_bytes: int
    min_duration_s: float
    max_duration_s: float
    max_pixels: int


class Me(_Given):
    """For whom a token acts, what it may do and until when, and what the deployment takes and makes."""

    creator_id: str
    name: str
    scopes: list[Scope]
    expires_at: datetime
    limits: Limits
    target_languages: list[str]

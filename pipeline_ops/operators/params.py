"""The parameters of `translate_video`, described for the UI's form and validated for everyone."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param

from models.catalog import load_catalog
from models.profile import CAPABILITIES, profile_names
from pipeline_ops.catalog.keys import CREATOR_ID, ID_PATTERN
from pipeline_ops.glossary import LONGEST_TERM_CHARACTERS
from pipeline_ops.graph import NODES
from pipeline_ops.request import MAXIMUM_TARGET_LANGUAGES
from pipeline_ops.safety.consent import LIKENESS_USES, attachment_name
from pipeline_ops.settings import Settings

LANGUAGE_TAG = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
"""What a language tag looks like (BCP 47): pt, pt-BR."""

GLOSSARY_LANGUAGE = rf"{LANGUAGE_TAG}|^\*$"

INGESTED = r"^ingest/[0-9a-f]{64}$"
"""A file that was ingested before."""

VIDEO = r"^(ingest/[0-9a-f]{64}|(?!ingest/)(?!/)[^\u0000]+)$"
"""An ingested video, or a path that is not absolute; the first task makes sure that it leads nowhere else."""


LANGUAGES_SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": {"type": "string", "pattern": LANGUAGE_TAG},
    "minItems": 1,
    "maxItems": MAXIMUM_TARGET_LANGUAGES,
    "uniqueItems": True,
}
MODELS_SCHEMA: dict[str, Any] = {
    "propertyNames": {"enum": list(CAPABILITIES)},
    "additionalProperties": {"type": "string"},
}
STAGE_PARAMETERS_SCHEMA: dict[str, Any] = {
    "propertyNames": {"enum": list(NODES)},
    "additionalProperties": {"type": "object"},
}
CONSENT_SCHEMA: dict[str, Any] = {
    "type": ["array", "null"],
    "items": {"enum": list(LIKENESS_USES)},
    "uniqueItems": True,
}
"""JSON Schema of what several Dags are given; the schema of a form, titles and descriptions left out."""


def request_params() -> dict[str, Param]:
    """Return the parameters by name."""
    return {
        "video": Param(
            type="string",
            title="Video",
            minLength=1,
            maxLength=500,
            pattern=VIDEO,
            description_md=(
                "A file of the media bucket (DUBWRIGHT_MEDIA_URL) by its name, or a video that was ingested"
                " before, by its reference: *ingest/* and 64 digits."
            ),
        ),
        "target_languages": Param(
            title="Target languages",
            **LANGUAGES_SCHEMA,
            examples=_spoken_languages(),
            description_md=(
                "Languages to translate into, as tags such as *pt* or *es*. Each is a branch of its own: one"
                " can be rejected or fail while the others finish. *dubwright models languages* lists the"
                " pairs that a profile serves."
            ),
        ),
        "profile": Param(
            Settings.from_environment().profile,
            type="string",
            title="Profile",
            enum=list(profile_names()),
            description_md="Which models answer for which capability; see *docs/models.md*.",
        ),
        "models": Param(
            None,
            type=["object", "null"],
            title="Models by name",
            **MODELS_SCHEMA,
            description_md='Models that must answer: `{"translation": "bergamot-tiny-en-pt"}`.',
        ),
        "stage_parameters": Param(
            None,
            type=["object", "null"],
            title="Parameters of stages",
            **STAGE_PARAMETERS_SCHEMA,
            description_md='Values over the deployment\'s settings: `{"probe": {"max_duration_s": 600}}`.',
        ),
        "glossary": Param(
            None,
            type=["object", "string", "null"],
            title="Glossary",
            pattern=INGESTED,
            maxProperties=MAXIMUM_TARGET_LANGUAGES + 1,
            propertyNames={"pattern": GLOSSARY_LANGUAGE},
            additionalProperties={
                "type": "object",
                "propertyNames": {"minLength": 1, "maxLength": LONGEST_TERM_CHARACTERS},
                "additionalProperties": {
                    "type": ["string", "null"],
                    "minLength": 1,
                    "maxLength": LONGEST_TERM_CHARACTERS,
                },
            },
            description_md=(
                'How words are to be said: `{"pt": {"stream": "live"}, "*": {"GoPro": null}}`; *null* keeps a'
                " word as written, `*` is every language. Counts over the creator's own glossary. An"
                " *ingest/* reference counts alone."
            ),
        ),
        "known_voices": Param(
            None,
            type=["string", "null"],
            title="Known voices",
            pattern=INGESTED,
            description_md=(
                "Voices that people of the creator's other videos were given, as *ingest/* reference; left"
                " empty, they are looked up."
            ),
        ),
        "consent": Param(
            None,
            title="Consent",
            **CONSENT_SCHEMA,
            description_md=(
                "For a video without a creator: what the people in it agreed to, `voice` (one like theirs)"
                " and `lips` (that follow the new words). Left empty, a stock voice speaks and lips stay."
                " A creator's own consents are recorded with *dubwright consent*; see *docs/trust.md*."
            ),
        ),
        **{
            attachment_name(use): Param(
                None,
                type=["string", "null"],
                title=f"Consent to {use}",
                pattern=INGESTED,
                description_md="Set where a run is made again: the statement that it was made with.",
            )
            for use in LIKENESS_USES
        },
        "source_subtitles": Param(
            None,
            type=["string", "null"],
            title="Subtitles of the original",
            maxLength=500,
            pattern=VIDEO,
            description_md=(
                "The creator's own subtitles in the language that is spoken, SRT or WebVTT, to be taken for"
                " what is said: a file of the media bucket, or an *ingest/* reference."
            ),
        ),
        "target_subtitles": Param(
            None,
            type=["object", "null"],
            title="Translated subtitles",
            maxProperties=MAXIMUM_TARGET_LANGUAGES,
            propertyNames={"pattern": LANGUAGE_TAG},
            additionalProperties={"type": "string", "maxLength": 500, "pattern": VIDEO},
            description_md='The creator\'s own translations, to be spoken: `{"pt": "ann/talk.pt.srt"}`.',
        ),
        "creator": Param(
            None,
            type=["string", "null"],
            title="Creator",
            pattern=CREATOR_ID,
            description_md="Whose video it is, as *dubwright creators list* shows; see *docs/catalog.md*.",
        ),
        "upload": Param(
            None,
            type=["string", "null"],
            title="Upload",
            pattern=ID_PATTERN,
            description_md="Set by *creator_backlog*: which upload of the creator's this is.",
        ),
        "held": Param(
            False,
            type="boolean",
            title="Held",
            description_md="Whether the result waits for a decision instead of being published at once.",
        ),
    }


def _spoken_languages() -> list[str]:
    """Return the languages that some model of the catalog speaks: what the form offers."""
    entries = load_catalog().models
    spoken = {
        language
        for entry in entries
        if entry.capability == "speech_synthesis"
        for language in entry.languages
    }
    return sorted(spoken)

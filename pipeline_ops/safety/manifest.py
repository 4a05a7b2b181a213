"""What a translation's C2PA manifest says: plain data, with nothing of files or keys.

C2PA 2.4 (https://spec.c2pa.org), action vocabulary of `c2pa.actions.v2`. A dub is told by `c2pa.dubbed` and
`c2pa.translated`; changed lips and a transcript that people changed are regions, named as the public verifier
at verify.contentauthenticity.org reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC's word for recorded media with parts that a trained model made: real footage, a synthetic voice."""

TRANSLATION_ASSERTION = "org.dubwright.translation"
"""Our own assertion: which publication it is, and which models in which versions made it."""

ACTIONS_ASSERTION = "c2pa.actions.v2"
PARENT_ACTION = "c2pa.opened"
"""What a manifest of an edited file begins with; the library writes it and links the parent to it."""

LIPS_IDENTIFIER = "https://bioportal.bioontology.org/ontologies/FMA"
"""The vocabulary in which `lips` are lips: the Foundational Model of Anatomy."""

TRANSCRIPT_IDENTIFIER = "org.dubwright.regions"


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model that made part of the translation, in which version."""

    stage: str
    model: str
    weights_digest: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a result comes from, as the platform knows and the stages do not.

    Attributes:
        reference: The checkpoint that the result becomes: `sign/<key>`.
        models: What made it, in the order of the stages.
        software: Dubwright's version.
    """

    reference: str
    models: tuple[ModelUse, ...]
    software: str


@dataclass(frozen=True, slots=True)
class TranslationClaim:
    """What is said of a translation.

    Attributes:
        source_language: What was spoken (BCP 47).
        target_language: What is spoken now.
        lips_changed: Whether the picture shows new lips.
        edited_lines: How many lines a person worded.
        origin: Its place and its models.
        source_sha256: Of the creator's file.
        video_sha256: Of the video before it was signed.
        fingerprint_sha256: Of the sound's fingerprint, by which it is found where the manifest was cut off.
    """

    source_language: str
    target_language: str
    lips_changed: bool
    edited_lines: int
    origin: Origin
    source_sha256: str
    video_sha256: str
    fingerprint_sha256: str


def actions_of(claim: TranslationClaim) -> list[dict[str, Any]]:
    """Return the manifest's actions, but for the one that opens the source."""
    dubbed: dict[str, Any] = {"action": "c2pa.dubbed", "digitalSourceType": COMPOSITE}
    if claim.lips_changed:
        dubbed["changes"] = [_region(LIPS_IDENTIFIER, "lips")]
    translated = {
        "action": "c2pa.translated",
        "digitalSourceType": COMPOSITE,
        "parameters": {"sourceLanguage": claim.source_language, "targetLanguage": claim.target_language},
    }
    if not claim.edited_lines:
        return [dubbed, translated]
    edited = {
        "action": "c2pa.edited",
        "digitalSourceType": COMPOSITE,
        "changes": [_region(TRANSCRIPT_IDENTIFIER, "transcript")],
    }
    return [dubbed, translated, edited]


def definition_of(claim: TranslationClaim) -> dict[str, Any]:
    """Return the manifest as `c2pa.Builder` takes it."""
    origin = claim.origin
    translation = {
        "publication": origin.reference,
        "source_sha256": claim.source_sha256,
        "video_sha256": claim.video_sha256,
        "fingerprint_sha256": claim.fingerprint_sha256,
        "edited_lines": claim.edited_lines,
        "models": [
            {"stage": use.stage, "model": use.model, "weights_digest": use.weights_digest}
            for use in origin.models
        ],
    }
    return {
        "claim_generator_info": [{"name": "Dubwright", "version": origin.software}],
        "title": "AI-translated video",
        "format": "video/mp4",
        "assertions": [
            {"label": ACTIONS_ASSERTION, "data": {"actions": actions_of(claim)}},
            {"label": TRANSLATION_ASSERTION, "data": translation},
        ],
    }


def _region(identifier: str, value: str) -> dict[str, Any]:
    return {"region": [{"type": "identified", "item": {"identifier": identifier, "value": value}}]}

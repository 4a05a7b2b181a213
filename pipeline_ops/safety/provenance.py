"""Signs a finished translation with a C2PA manifest, and reads back what any file says of its origin.

C2PA 2.4 through `c2pa-python` 0.38: the source is the parent ingredient, with the manifests that it came
with. Nothing is fetched while files are read: a stranger's file may name addresses.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from pipeline_ops.errors import SigningUnavailableError, StageOutputError
from pipeline_ops.safety.manifest import (
    ACTIONS_ASSERTION,
    TRANSLATION_ASSERTION,
    TranslationClaim,
    definition_of,
)
from pipeline_ops.safety.signing import ManifestSigner

if TYPE_CHECKING:
    from c2pa import Context

ManifestState = Literal["trusted", "valid", "invalid"]
"""`valid`: whole, but signed by somebody whom nobody here trusts. `invalid`: changed, or not whole."""

_STATES: dict[str, ManifestState] = {"Trusted": "trusted", "Valid": "valid"}

PARENT_FORMATS = {"mov,mp4,m4a,3gp,3g2,mj2": "video/mp4", "avi": "video/avi"}
"""FFmpeg's names of containers -> what C2PA calls them. In others no manifest can be, so the source is named
by its digest alone."""


@dataclass(frozen=True, slots=True)
class ManifestReading:
    """The newest manifest of a file.

    Attributes:
        label: Its name: `urn:c2pa:...`.
        state: Whether it holds.
        failures: What does not, as codes of the C2PA specification.
        actions: What was done, in order.
        translation: What our own assertion says; None where it has none, and so is not ours.
        parents: The titles of what the file was made of.
        earlier: Labels of the manifests that came with those.
    """

    label: str
    state: ManifestState
    failures: tuple[str, ...]
    actions: tuple[dict[str, Any], ...]
    translation: dict[str, Any] | None
    parents: tuple[str, ...]
    earlier: tuple[str, ...]


def sign_video(
    video: Path,
    output: Path,
    claim: TranslationClaim,
    *,
    source: Path,
    container: str,
    signer: ManifestSigner,
) -> ManifestReading:
    """Write the video with a signed manifest, and read it back.

    Two signatures of one video differ: each manifest has a name and a random salt of its own.

    Args:
        video: The finished MP4.
        output: Where the signed one goes.
        claim: What is said of it.
        source: The creator's file, which becomes the parent ingredient.
        container: FFmpeg's name of the source's format.
        signer: Who signs.

    Raises:
        SigningUnavailableError: the signer, or the authority that says when, did not answer.
        StageOutputError: the file cannot be signed, or does not hold what it should afterwards.
    """
    import c2pa

    definition = definition_of(claim)
    refused: list[Exception] = []

    def sign(content: bytes) -> bytes:
        try:
            return signer.sign(content)
        except Exception as error:  # the library swallows it, so it is kept here
            refused.append(error)
            raise

    parent = {"title": "source", "relationship": "parentOf"}
    known = PARENT_FORMATS.get(container)
    if known is None:
        unread = {
            **parent,
            "format": "application/octet-stream",
            "instance_id": f"sha256:{claim.source_sha256}",
        }
        definition["ingredients"] = [unread]
    try:
        with (
            _context(signer.trust_anchors_pem) as context,
            c2pa.Signer.from_callback(
                sign, c2pa.C2paSigningAlg.ES256, signer.chain_pem, signer.timestamp_authority
            ) as native,
            c2pa.Builder(json.dumps(definition), context) as builder,
            video.open("rb") as unsigned,
            output.open("w+b") as signed,
            source.open("rb") as original,
        ):
            builder.set_intent(c2pa.C2paBuilderIntent.EDIT, c2pa.C2paDigitalSourceType.EMPTY)
            if known is not None:
                builder.add_ingredient(json.dumps(parent), known, original)
            builder.sign(native, "video/mp4", unsigned, signed)
    except c2pa.C2paError as error:
        if refused:
            raise refused[0] from error
        if signer.timestamp_authority is not None and "time" in str(error).lower():
            message = f"The timestamp authority {signer.timestamp_authority} did not answer: {error}"
            raise SigningUnavailableError(message) from error
        message = f"{video.name} could not be signed: {error}"
        raise StageOutputError(message) from error
    return _checked(output, claim, definition, signer)


def read_manifest(path: Path, media_type: str, trust_anchors_pem: str) -> ManifestReading | None:
    """Return the newest manifest of a file, None where it holds none or is of a kind that can hold none.

    Args:
        path: Any file.
        media_type: Its MIME type.
        trust_anchors_pem: Whose signatures are trusted.
    """
    import c2pa

    if media_type not in c2pa.Reader.get_supported_mime_types():
        return None
    try:
        with _context(trust_anchors_pem) as context, path.open("rb") as stream:
            reader = c2pa.Reader.try_create(media_type, stream, context=context)
            if reader is None:
                return None
            with reader:
                return _reading(json.loads(reader.json()))
    except c2pa.C2paError:
        return None  # no media that the library can take apart


def _context(trust_anchors_pem: str) -> Context:
    import c2pa

    settings = {
        "trust": {"trust_anchors": trust_anchors_pem},
        "verify": {
            "verify_trust": True,
            "verify_after_sign": True,
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
        },
        "builder": {"thumbnail": {"enabled": False}},
    }
    with c2pa.Settings.from_dict(settings) as loaded:
        return c2pa.Context(loaded)


def _reading(store: dict[str, Any]) -> ManifestReading:
    label = store["active_manifest"]
    manifest = store["manifests"][label]
    assertions = {each["label"]: each["data"] for each in manifest.get("assertions", ())}
    results = store.get("validation_results", {}).get("activeManifest", {})
    return ManifestReading(
        label=label,
        state=_STATES.get(store.get("validation_state", ""), "invalid"),
        failures=tuple(failure["code"] for failure in results.get("failure", ())),
        actions=tuple(assertions.get(ACTIONS_ASSERTION, {}).get("actions", ())),
        translation=cast("dict[str, Any] | None", assertions.get(TRANSLATION_ASSERTION)),
        parents=tuple(
            each.get("title", "")
            for each in manifest.get("ingredients", ())
            if each.get("relationship") == "parentOf"
        ),
        earlier=tuple(other for other in store["manifests"] if other != label),
    )


def _checked(
    signed: Path, claim: TranslationClaim, definition: dict[str, Any], signer: ManifestSigner
) -> ManifestReading:
    """Return what a file says that was just signed, or refuse it."""
    reading = read_manifest(signed, "video/mp4", signer.trust_anchors_pem)
    if reading is None:
        raise StageOutputError("The signed video holds no manifest that can be read")
    wanted = [each["action"] for each in definition["assertions"][0]["data"]["actions"]]
    faults = {
        f"it is {reading.state} ({', '.join(reading.failures)})": reading.state == "trusted",
        f"its actions are {[each['action'] for each in reading.actions]}": (
            [each["action"] for each in reading.actions][1:] == wanted
        ),
        f"its parents are {reading.parents}": len(reading.parents) == 1,
        "it does not name its publication": (reading.translation or {}).get("publication")
        == claim.origin.reference,
    }
    wrong = [fault for fault, right in faults.items() if not right]
    if wrong:
        message = f"The manifest of the signed video is not what it should be: {'; '.join(wrong)}"
        raise StageOutputError(message)
    return reading

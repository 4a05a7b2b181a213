"""Tells of any file whether it is one of our translations, of which publication, and what says so.

Four witnesses are heard, and none of them is believed beyond what it can know. The same bytes are the same
file. A manifest names its publication, as long as it is there. A fingerprint finds the publication whose
sound it is, or that of its source where the two share music. The watermark says that speech was marked by
Perth, which others use too, and names nobody.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Capability
from models.profile import load_profile
from models.registry import resolve
from pipeline_ops.catalog.tables import TranslationRow
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.errors import DamagedArtefactError, MediaToolError
from pipeline_ops.media.ffmpeg import run_ffmpeg, untrusted_sound
from pipeline_ops.platform import Platform
from pipeline_ops.safety.fingerprint import FingerprintMatch, find, fingerprint_file
from pipeline_ops.safety.hear_watermark import hear_watermark
from pipeline_ops.safety.provenance import ManifestReading, read_manifest
from pipeline_ops.scratch import scratch_folder

LONGEST_S = 4 * 3600
"""Of a file's sound that is listened to."""

LISTENING_RATE_HZ = 32_000
"""Of the sound that all listen to: the watermark's, the highest that any of them needs."""

SPEEDS = tuple(round(1 + step / 100, 2) for step in (-2, 2, -4, 4, -6, 6, -8, 8, -10, 10))
"""What is tried where the sound is not found as it is. A fingerprint bears a step of one hundredth."""

FINGERPRINT_INPUT = "fingerprint"
"""What `sign` calls the fingerprint that feeds it."""

Verdict = Literal["ours", "altered", "related", "marked", "unknown"]
"""`ours`: the same bytes, a manifest of ours that holds, or sound of ours with the mark in its speech.
`altered`: a manifest of ours that does not hold, or that nobody here trusts. `related`: sound of ours without
the mark: a spoilt copy, or the source of the translation. `marked`: the mark alone."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A translation that was made here."""

    run_id: str
    language: str
    media_id: str
    state: str
    checkpoint: str


@dataclass(frozen=True, slots=True)
class WatermarkEvidence:
    """What was heard: seconds with the mark, of those with speech; the surest window."""

    marked_s: float
    spoken_s: float
    strongest: float


@dataclass(frozen=True, slots=True)
class FingerprintEvidence:
    """Where the sound was found, and played how much faster and higher than ours it was."""

    publication: Publication
    match: FingerprintMatch
    tempo: float = 1.0
    pitch: float = 1.0


@dataclass(frozen=True, slots=True)
class Identification:
    """What is known of a file.

    Attributes:
        verdict: In a word.
        publication: Which of ours it is, or is made of; None where nothing says.
        sha256: Of the file.
        same_bytes: Whether it is a published file, byte by byte.
        manifest: What it says of itself; None where it says nothing.
        manifest_publication: The publication that its manifest names, where the catalog knows it.
        watermark: None where there is no sound.
        fingerprint: None where its sound is none of ours.
    """

    verdict: Verdict
    publication: Publication | None
    sha256: str
    same_bytes: bool
    manifest: ManifestReading | None
    manifest_publication: Publication | None
    watermark: WatermarkEvidence | None
    fingerprint: FingerprintEvidence | None


def identify(path: Path, session: Session, platform: Platform) -> Identification:
    """Hear all witnesses about a file.

    Raises:
        WorldError: a model, the store or the catalog could not be reached.
    """
    digest = sha256_of_file(path)
    same = _one(session, TranslationRow.sha256 == digest)
    manifest = read_manifest(path, media_type_of(path), platform.signer.trust_anchors_pem)
    named = _named_by(manifest, session)
    watermark = found = None
    with scratch_folder(platform.settings.scratch_dir, "identify") as folder:
        sound = folder / "sound.wav"
        if _decode(path, sound):
            watermark = _listen(sound, platform)
            found = _look_up(sound, session, platform)
    publication = same or named or (found.publication if found else None)
    verdict = judge(
        same_bytes=same is not None,
        manifest=manifest,
        marked=watermark is not None and watermark.marked_s > 0,
        found=found is not None,
    )
    return Identification(verdict, publication, digest, same is not None, manifest, named, watermark, found)


def judge(*, same_bytes: bool, manifest: ManifestReading | None, marked: bool, found: bool) -> Verdict:
    """Weigh the evidence; see `Verdict`."""
    claimed = manifest is not None and manifest.translation is not None
    holds = claimed and manifest is not None and manifest.state == "trusted"
    if same_bytes or holds or (marked and found):
        return "ours"
    if claimed:
        return "altered"
    if found:
        return "related"
    return "marked" if marked else "unknown"


def media_type_of(path: Path) -> str:
    """Tell the kind of a file from how it begins, whatever it is called."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp":
        return "video/mp4"
    if head.startswith(b"RIFF"):
        return "video/avi" if head[8:12] == b"AVI " else "audio/wav"
    if head.startswith(b"fLaC"):
        return "audio/flac"
    is_mp3 = head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0)  # noqa: PLR2004
    return "audio/mpeg" if is_mp3 else "application/octet-stream"


def _named_by(manifest: ManifestReading | None, session: Session) -> Publication | None:
    if manifest is None or manifest.translation is None:
        return None
    reference = manifest.translation.get("publication")
    return _one(session, TranslationRow.checkpoint == reference) if isinstance(reference, str) else None


def _one(session: Session, condition: object) -> Publication | None:
    """Return the newest translation of which a condition holds."""
    newest = select(TranslationRow).where(condition).order_by(TranslationRow.made_at.desc()).limit(1)  # type: ignore[arg-type]
    row = session.scalar(newest)
    return None if row is None else _publication(row)


def _publication(row: TranslationRow) -> Publication:
    return Publication(row.run_id, row.language, row.media_id, row.state, row.checkpoint)


def _decode(path: Path, sound: Path) -> bool:
    """Write a stranger's sound as mono; False where there is none that can be read."""
    try:
        run_ffmpeg(
            [
                *untrusted_sound(path),
                *["-map", "0:a:0", "-t", str(LONGEST_S), "-ac", "1", "-ar", str(LISTENING_RATE_HZ)],
                *["-c:a", "pcm_s16le", "-rf64", "auto", str(sound)],
            ],
            task=f"decode the sound of {path.name}",
            timeout_s=1800,
        )
    except MediaToolError:
        return False
    return True


def _listen(sound: Path, platform: Platform) -> WatermarkEvidence:
    profile = load_profile(platform.settings.profile, platform.catalog)

    def engine(capability: Capability) -> object:
        return resolve(platform.catalog, profile, capability, weights=platform.weights).load()

    reading = hear_watermark(sound, engine("watermarking"), engine("voice_activity_detection"))  # type: ignore[arg-type]
    return WatermarkEvidence(
        marked_s=round(reading.marked_s, 2),
        spoken_s=round(reading.heard_s, 2),
        strongest=round(reading.strongest, 3),
    )


def _look_up(sound: Path, session: Session, platform: Platform) -> FingerprintEvidence | None:
    """Look through all translations for the sound as it is, then for it played at other speeds."""
    ways = [(1.0, 1.0), *((speed, 1.0) for speed in SPEEDS), *((speed, speed) for speed in SPEEDS)]
    for tempo, pitch in ways:
        wanted = fingerprint_file(sound, tempo=tempo, pitch=pitch)
        matches = [
            FingerprintEvidence(publication, match, tempo, pitch)
            for publication, known in _fingerprints(session, platform)
            if (match := find(wanted, known)) is not None
        ]
        if matches:
            return max(matches, key=lambda each: (each.match.found_s, -each.match.bit_error_rate))
    return None


def _fingerprints(
    session: Session, platform: Platform
) -> Iterator[tuple[Publication, np.ndarray[tuple[int, ...], np.dtype[np.uint32]]]]:
    """Yield each translation's fingerprint, one at a time; those that were not signed have none."""
    for row in session.scalars(select(TranslationRow).order_by(TranslationRow.made_at.desc())):
        try:
            signed = platform.store.inspect(CheckpointReference.parse(row.checkpoint))
            record = signed.inputs.get(FINGERPRINT_INPUT) if signed else None
            if record is None:
                continue
            content = platform.store.read_bytes(CheckpointReference.parse(record.reference), record.artefact)
        except DamagedArtefactError:
            continue  # erased, or no longer kept
        words = np.load(io.BytesIO(content), allow_pickle=False)
        yield _publication(row), cast("np.ndarray[tuple[int, ...], np.dtype[np.uint32]]", words)

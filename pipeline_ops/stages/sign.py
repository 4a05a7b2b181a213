"""Signs the finished translation: what it was made of, what was done, by which models, by whom."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from models.types import LanguageIdentification
from pipeline_ops.artefacts import NumpyFile, SourceFile, SubRipFile, VideoFile, WebVttFile
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.safety.manifest import Origin, TranslationClaim
from pipeline_ops.safety.provenance import sign_video
from pipeline_ops.safety.signing import ManifestSigner
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.judge_lips import LipJudgement
from pipeline_ops.stages.revise_lines import LineEdit


@dataclass(frozen=True, slots=True)
class SignParameters:
    """What the run supplies.

    Attributes:
        target_language: The language of the dub (BCP 47).
        certificate_sha256: The fingerprint of the certificate that is signed with, so that another one signs
            again.
    """

    target_language: str
    certificate_sha256: str


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """What the video says of itself.

    Attributes:
        label: The manifest's name, `urn:c2pa:...`: another one each time that something is signed.
        certificate_sha256: Of the certificate that it was signed with.
        actions: What was done, by C2PA's names, in order.
        earlier: The names of the manifests that the source came with.
    """

    label: str
    certificate_sha256: str
    actions: tuple[str, ...]
    earlier: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignedTranslation:
    """The finished translation as people get it: the signed video, its subtitles as they were."""

    video: VideoFile
    subtitles: WebVttFile
    subtitles_srt: SubRipFile
    source_subtitles: WebVttFile
    source_subtitles_srt: SubRipFile
    manifest: SignedManifest


@stage(version=1, resources=Resources(memory_mb=400, timeout_s=3600))
def sign(
    *,
    source: SourceFile,
    media: MediaInfo,
    language: LanguageIdentification,
    lips: LipJudgement,
    edits: tuple[LineEdit, ...],
    fingerprint: NumpyFile,
    video: VideoFile,
    subtitles: WebVttFile,
    subtitles_srt: SubRipFile,
    source_subtitles: WebVttFile,
    source_subtitles_srt: SubRipFile,
    signer: ManifestSigner,
    lineage: Origin,
    parameters: SignParameters,
    scratch: Path,
) -> SignedTranslation:
    """Put a signed manifest into the video and make sure that it holds.

    Raises:
        SigningUnavailableError: the signer did not answer.
        StageOutputError: the signed video does not say what it should.
    """
    signed = scratch / "video.mp4"
    claim = TranslationClaim(
        source_language=language.language,
        target_language=parameters.target_language,
        lips_changed=lips.kept,
        edited_lines=len(edits),
        origin=lineage,
        source_sha256=sha256_of_file(source),
        video_sha256=sha256_of_file(video),
        fingerprint_sha256=sha256_of_file(fingerprint),
    )
    reading = sign_video(video, signed, claim, source=source, container=media.container, signer=signer)
    return SignedTranslation(
        video=signed,
        subtitles=_copied(subtitles, scratch / "subtitles.vtt"),
        subtitles_srt=_copied(subtitles_srt, scratch / "subtitles.srt"),
        source_subtitles=_copied(source_subtitles, scratch / "source_subtitles.vtt"),
        source_subtitles_srt=_copied(source_subtitles_srt, scratch / "source_subtitles.srt"),
        manifest=SignedManifest(
            label=reading.label,
            certificate_sha256=parameters.certificate_sha256,
            actions=tuple(each["action"] for each in reading.actions),
            earlier=reading.earlier,
        ),
    )


def _copied(file: Path, place: Path) -> Path:
    """Return a copy in the stage's own folder: inputs may lie in the store itself."""
    return Path(shutil.copyfile(file, place))

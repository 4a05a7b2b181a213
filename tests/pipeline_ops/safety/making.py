"""Claims and signed clips for tests of what a file says of its origin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline_ops.safety.manifest import ModelUse, Origin, TranslationClaim
from pipeline_ops.safety.provenance import ManifestReading, sign_video
from pipeline_ops.safety.signing import ManifestSigner

ORIGIN = Origin(
    reference=f"sign/{'ab' * 32}",
    models=(ModelUse("transcribe", "whisper-base", "cd" * 32), ModelUse("translate", "a>b", "ef" * 32)),
    software="0.1.0",
)
CLAIM = TranslationClaim(
    source_language="en",
    target_language="pt",
    lips_changed=False,
    edited_lines=0,
    origin=ORIGIN,
    source_sha256="11" * 32,
    video_sha256="22" * 32,
    fingerprint_sha256="33" * 32,
)
MP4 = "mov,mp4,m4a,3gp,3g2,mj2"


def signed(
    video: Path,
    output: Path,
    signer: ManifestSigner,
    *,
    source: Path | None = None,
    container: str = MP4,
    **claim: Any,
) -> ManifestReading:
    return sign_video(
        video, output, replace(CLAIM, **claim), source=source or video, container=container, signer=signer
    )

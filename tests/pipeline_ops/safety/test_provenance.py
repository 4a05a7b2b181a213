from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline_ops.errors import SigningUnavailableError, StageOutputError
from pipeline_ops.safety.provenance import ManifestReading, read_manifest
from pipeline_ops.safety.signing import CommandSigner, DevelopmentSigner, development_signer
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip
from tests.pipeline_ops.safety.making import ORIGIN, signed

COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> DevelopmentSigner:
    return development_signer(tmp_path_factory.mktemp("home") / "signing")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)


@pytest.fixture(scope="module")
def plain(clip: Path, signer: DevelopmentSigner) -> Path:
    signed(clip, clip.with_name("signed.mp4"), signer)
    return clip.with_name("signed.mp4")


def read(path: Path, signer: DevelopmentSigner) -> ManifestReading:
    reading = read_manifest(path, "video/mp4", signer.trust_anchors_pem)
    assert reading is not None
    return reading


def as_the_public_verifier_reads(path: Path) -> dict[str, Any]:
    """What verify.contentauthenticity.org takes for an automatic dub, read with the library's own reader."""
    import c2pa

    with c2pa.Reader(path) as reader:
        manifest = reader.get_active_manifest()
    assert manifest is not None
    actions = {
        action["action"]: action
        for assertion in manifest["assertions"]
        if assertion["label"] == "c2pa.actions.v2"
        for action in assertion["data"]["actions"]
    }

    def regions(action: str) -> list[str]:
        changes = actions.get(action, {}).get("changes", [])
        found = [region for change in changes for region in change["region"]]
        return [region["item"]["value"] for region in found if region["type"] == "identified"]

    return {
        "actions": list(actions),
        "lips": "lips" in regions("c2pa.dubbed"),
        "transcript": "transcript" in regions("c2pa.edited"),
        "languages": actions["c2pa.translated"]["parameters"],
        "kinds": {each.get("digitalSourceType") for name, each in actions.items() if name != "c2pa.opened"},
    }


@pytest.mark.parametrize("lips_changed", [False, True])
@pytest.mark.parametrize("edited_lines", [0, 2])
def test_the_manifest_carries_exactly_what_was_done(
    clip: Path, signer: DevelopmentSigner, tmp_path: Path, lips_changed: bool, edited_lines: int
) -> None:
    signed(clip, tmp_path / "v.mp4", signer, lips_changed=lips_changed, edited_lines=edited_lines)
    edited = ["c2pa.edited"] if edited_lines else []
    assert as_the_public_verifier_reads(tmp_path / "v.mp4") == {
        "actions": ["c2pa.opened", "c2pa.dubbed", "c2pa.translated", *edited],
        "lips": lips_changed,
        "transcript": bool(edited_lines),
        "languages": {"sourceLanguage": "en", "targetLanguage": "pt"},
        "kinds": {COMPOSITE},
    }


def test_the_signature_is_trusted_by_those_who_trust_its_authority_and_nobody_else(
    plain: Path, signer: DevelopmentSigner, tmp_path: Path
) -> None:
    assert (read(plain, signer).state, read(plain, signer).failures) == ("trusted", ())
    stranger = development_signer(tmp_path / "other")
    assert read(plain, stranger).state != "trusted"
    assert read(plain, stranger).failures == ("signingCredential.untrusted",)


def test_the_models_and_the_publication_are_named(plain: Path, signer: DevelopmentSigner) -> None:
    said = read(plain, signer).translation
    assert said is not None
    assert said["publication"] == ORIGIN.reference
    assert said["models"] == [
        {"stage": use.stage, "model": use.model, "weights_digest": use.weights_digest}
        for use in ORIGIN.models
    ]


def test_a_changed_byte_of_media_breaks_it(plain: Path, signer: DevelopmentSigner, tmp_path: Path) -> None:
    content = bytearray(plain.read_bytes())
    content[content.rindex(b"mdat") + 1000] ^= 1
    changed = tmp_path / "changed.mp4"
    changed.write_bytes(content)
    assert read(changed, signer).state == "invalid"
    assert "assertion.bmffHash.mismatch" in read(changed, signer).failures


def test_media_stay_as_they_were(clip: Path, plain: Path) -> None:
    from tests.pipeline_ops.media.clips import picture_packets

    assert picture_packets(plain, 0.0) == picture_packets(clip, 0.0)


def test_the_sources_own_manifests_are_kept(plain: Path, signer: DevelopmentSigner, tmp_path: Path) -> None:
    before = read(plain, signer)
    reading = signed(plain, tmp_path / "again.mp4", signer, source=plain)
    assert before.label in reading.earlier
    assert reading.label != before.label


def test_a_source_that_can_hold_no_manifest_is_a_parent_by_its_digest(
    clip: Path, signer: DevelopmentSigner, tmp_path: Path
) -> None:
    source = tmp_path / "source.webm"
    source.write_bytes(b"\x1a\x45\xdf\xa3 not opened at all")
    reading = signed(clip, tmp_path / "v.mp4", signer, source=source, container="matroska,webm")
    assert (reading.state, reading.parents) == ("trusted", ("source",))
    assert reading.actions[0]["action"] == "c2pa.opened"


def test_a_file_without_a_manifest_says_nothing(
    clip: Path, signer: DevelopmentSigner, tmp_path: Path
) -> None:
    assert read_manifest(clip, "video/mp4", signer.trust_anchors_pem) is None
    text = tmp_path / "notes.txt"
    text.write_text("no media")
    assert read_manifest(text, "video/mp4", signer.trust_anchors_pem) is None
    assert read_manifest(text, "text/plain", signer.trust_anchors_pem) is None


def test_a_signer_that_does_not_answer_is_the_worlds_fault(
    clip: Path, signer: DevelopmentSigner, tmp_path: Path
) -> None:
    deaf = CommandSigner(("false",), signer.chain_pem, signer.trust_anchors_pem)
    with pytest.raises(SigningUnavailableError, match="did not sign"):
        signed(clip, tmp_path / "v.mp4", deaf)


def test_another_keys_signature_is_refused(clip: Path, signer: DevelopmentSigner, tmp_path: Path) -> None:
    stranger = development_signer(tmp_path / "other")
    mixed = DevelopmentSigner(stranger.key, signer.chain_pem, signer.trust_anchors_pem)
    with pytest.raises(StageOutputError):
        signed(clip, tmp_path / "v.mp4", mixed)


def test_nothing_that_is_written_holds_the_key(plain: Path, signer: DevelopmentSigner) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    secret = signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert secret not in plain.read_bytes()
    assert "PRIVATE" not in json.dumps(read(plain, signer).translation)

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from pipeline_ops.errors import SettingsError
from pipeline_ops.safety.signing import (
    CommandSigner,
    certificate_sha256,
    development_signer,
    open_signer,
    plain_signature,
)
from pipeline_ops.settings import SigningSettings

SIGN = """
import sys
from pathlib import Path
from pipeline_ops.safety.signing import development_signer
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
signer = development_signer(Path(sys.argv[1]))
sys.stdout.buffer.write(signer.key.sign(sys.stdin.buffer.read(), ECDSA(SHA256())))
"""


def test_the_development_chain_is_made_once_and_its_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    first, again = (development_signer(tmp_path / "home" / "signing") for _ in range(2))
    assert certificate_sha256(first) == certificate_sha256(again)
    assert stat.S_IMODE((tmp_path / "home" / "signing" / "key.pem").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["signing"]


def test_a_signature_holds_for_the_certificate_that_is_shown(tmp_path: Path) -> None:
    signer = development_signer(tmp_path / "signing")
    signature = signer.sign(b"content")
    numbers = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    signer.key.public_key().verify(encode_dss_signature(*numbers), b"content", ECDSA(SHA256()))


def test_a_command_signs_in_place_of_a_key(tmp_path: Path) -> None:
    folder = tmp_path / "kms"
    development_signer(folder)
    settings = SigningSettings(
        command=(sys.executable, "-c", SIGN, str(folder)), certificate_chain=folder / "chain.pem"
    )
    signer = open_signer(settings, tmp_path / "unused")
    assert isinstance(signer, CommandSigner)
    assert len(signer.sign(b"content")) == 64
    assert not (tmp_path / "unused").exists()


@pytest.mark.parametrize(
    "settings",
    [
        SigningSettings(command=("sign",)),
        SigningSettings(command=("sign",), certificate_chain=Path("nowhere.pem")),
        SigningSettings(command=("sign",), certificate_chain=Path(__file__)),
    ],
    ids=["no chain", "no such file", "no certificates"],
)
def test_a_command_needs_its_certificates(settings: SigningSettings, tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        open_signer(settings, tmp_path)


@pytest.mark.parametrize("answer", [b"", b"short", b"f" * 63, b"0" * 65])
def test_what_is_no_signature_is_refused(answer: bytes) -> None:
    with pytest.raises(SettingsError, match="no ES256 signature"):
        plain_signature(answer)


def test_a_damaged_key_is_told_of_without_showing_it(tmp_path: Path) -> None:
    development_signer(tmp_path / "signing")
    (tmp_path / "signing" / "key.pem").write_text("not a key")
    with pytest.raises(SettingsError, match=r"remove .* for a new chain") as error:
        development_signer(tmp_path / "signing")
    assert "not a key" not in str(error.value)

"""Records are signed with the deployment's key, or with one that this machine makes once."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from pipeline_ops.errors import SettingsError
from pipeline_ops.safety.signatures import KEY_VARIABLE, RecordsKey, Signature


def test_a_signature_holds_for_these_bytes_and_this_key_alone() -> None:
    key, other = RecordsKey(bytes(32)), RecordsKey(bytes([1] * 32))
    signature = key.sign(b"a record")
    assert key.verifies(b"a record", signature)
    assert not key.verifies(b"another", signature)
    assert not other.verifies(b"a record", signature)
    assert not key.verifies(b"a record", Signature("no base64!", key.key_id))


def test_a_development_key_is_made_once_and_its_owner_alone_reads_it(tmp_path: Path) -> None:
    environment = {"DUBWRIGHT_HOME": str(tmp_path)}
    first, second = (RecordsKey.from_environment(environment) for _ in range(2))
    assert first.key_id == second.key_id
    (file,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_malformed_key_is_refused_without_being_repeated() -> None:
    secret = base64.b64encode(b"too short").decode()
    with pytest.raises(SettingsError) as complaint:
        RecordsKey.from_environment({KEY_VARIABLE: secret})
    assert secret not in str(complaint.value)

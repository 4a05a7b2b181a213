from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.delivery.signing import KEY_FILE, AddressSigner, RefusedAddressError, read_keys
from pipeline_ops.errors import SettingsError

OLD, NEW = "o" * 32, "n" * 32
HOUR_S = 3600.0
NOW_S = 1_800_000_123.0
SIGNER = AddressSigner((NEW,), HOUR_S)


def test_an_address_holds_for_an_hour_at_least_and_two_at_most() -> None:
    token = SIGNER.sign("talk/video", NOW_S)
    assert HOUR_S <= SIGNER.check("talk/video", token, NOW_S) - NOW_S <= 2 * HOUR_S
    assert SIGNER.check("talk/video", token, NOW_S + HOUR_S - 1)
    with pytest.raises(RefusedAddressError):
        SIGNER.check("talk/video", token, NOW_S + 2 * HOUR_S)


def test_viewers_of_one_hour_share_an_address() -> None:
    start_s = NOW_S - NOW_S % HOUR_S
    assert SIGNER.sign("talk", start_s) == SIGNER.sign("talk", start_s + HOUR_S - 1)


@given(st.text())
def test_forged_tokens_are_refused(token: str) -> None:
    with pytest.raises(RefusedAddressError):
        SIGNER.check("talk/video", token, NOW_S)


def test_a_token_is_worth_nothing_at_another_address_or_with_another_expiry() -> None:
    token = SIGNER.sign("talk/video", NOW_S)
    expiry, signature = token.split(".")
    for name, forged in (("talk/audio", token), ("talk/video", f"{int(expiry) + 1}.{signature}")):
        with pytest.raises(RefusedAddressError):
            SIGNER.check(name, forged, NOW_S)


def test_a_key_is_replaced_without_a_break() -> None:
    token = AddressSigner((OLD,), HOUR_S).sign("talk", NOW_S)
    both = AddressSigner((OLD, NEW), HOUR_S)
    assert both.check("talk", token, NOW_S)
    assert both.sign("talk", NOW_S) == SIGNER.sign("talk", NOW_S)
    with pytest.raises(RefusedAddressError):
        SIGNER.check("talk", token, NOW_S)


def test_keys_come_from_the_environment_and_short_ones_are_refused(tmp_path: Path) -> None:
    assert read_keys(tmp_path, {"DUBWRIGHT_DELIVERY_KEYS": f"{OLD}, {NEW}"}) == (OLD, NEW)
    with pytest.raises(SettingsError, match="32 characters"):
        read_keys(tmp_path, {"DUBWRIGHT_DELIVERY_KEYS": "secret"})


def test_a_machine_without_keys_makes_one_and_keeps_it_to_itself(tmp_path: Path) -> None:
    home = tmp_path / "home"
    key = read_keys(home, {})
    assert key == read_keys(home, {}) and len(key[0]) == 64
    assert stat.S_IMODE((home / KEY_FILE).stat().st_mode) == 0o600
    assert [file.name for file in home.iterdir()] == [KEY_FILE]


def test_a_signer_does_not_show_its_keys() -> None:
    assert NEW not in repr(SIGNER)

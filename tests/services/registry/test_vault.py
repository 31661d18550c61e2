"""Sealed fields: bound to their purpose, found by a keyed index, opened under the key that they name."""

import base64
import stat
from pathlib import Path

import pytest

from services.registry.settings import RegistrySettings
from services.registry.vault import KeysUnusable, Unsealable, Vault, read_keys, vault_at

VAULT = Vault({"k1": b"1" * 32})
MOBILE = "13912345678"


def _key(byte: bytes) -> str:
    return base64.b64encode(byte * 32).decode()


def test_the_same_number_is_never_sealed_the_same_twice_and_opens_again() -> None:
    one, other = VAULT.seal(MOBILE, "contact.mobile"), VAULT.seal(MOBILE, "contact.mobile")
    assert one != other
    assert one.startswith("k1:")
    assert VAULT.open(one, "contact.mobile") == VAULT.open(other, "contact.mobile") == MOBILE


def test_a_value_moved_to_another_field_does_not_open() -> None:
    with pytest.raises(Unsealable):
        VAULT.open(VAULT.seal(MOBILE, "contact.mobile"), "party.id_number")


def test_a_changed_value_does_not_open_and_the_error_does_not_tell_it() -> None:
    sealed = VAULT.seal(MOBILE, "contact.mobile")
    broken = sealed[:-4] + ("AAA=" if not sealed.endswith("AAA=") else "BBB=")
    with pytest.raises(Unsealable) as caught:
        VAULT.open(broken, "contact.mobile")
    assert MOBILE not in str(caught.value)


def test_the_index_is_the_same_for_the_same_number_and_tells_nothing_without_the_key() -> None:
    assert VAULT.index(MOBILE, "contact.mobile") == VAULT.index(MOBILE, "contact.mobile")
    assert VAULT.index(MOBILE, "contact.mobile") != VAULT.index(MOBILE, "officer.mobile")
    assert VAULT.index(MOBILE, "contact.mobile") != Vault({"k1": b"2" * 32}).index(MOBILE, "contact.mobile")


def test_older_keys_still_open_and_the_first_one_seals() -> None:
    both = Vault(read_keys(f"k2:{_key(b'2')},k1:{_key(b'1')}"))
    assert both.open(VAULT.seal(MOBILE, "contact.mobile"), "contact.mobile") == MOBILE
    assert both.seal(MOBILE, "contact.mobile").startswith("k2:")
    assert VAULT.index(MOBILE, "contact.mobile") in both.indexes(MOBILE, "contact.mobile")


@pytest.mark.parametrize("text", ["", "k1", "k1:!!", "k1:c2hvcnQ=", "k-1:" + _key(b"1")])
def test_keys_of_the_wrong_form_are_refused_without_being_told(text: str) -> None:
    with pytest.raises(KeysUnusable) as caught:
        read_keys(text)
    assert _key(b"1") not in str(caught.value)


def test_without_a_setting_a_key_is_made_once_and_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    made = vault_at(RegistrySettings(), tmp_path)
    file = tmp_path / "registry-field.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Vault(read_keys(file.read_text(encoding="utf-8"))).open(made.seal(MOBILE, "x"), "x") == MOBILE


def test_a_vault_does_not_show_its_keys() -> None:
    assert "1111" not in repr(VAULT)

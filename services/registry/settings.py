"""What the registry is told at its start."""

from pydantic import SecretStr

from shared.settings import SettingsBase


class RegistrySettings(SettingsBase):
    """``MASHANG_REGISTRY_FIELD_KEY`` holds the keys of personal fields: ``id:base64``, the current first, older after commas.

    Without it a key is made in the data folder, readable by its owner only. ``MASHANG_PUBLIC_URL`` is what codes on walls say.
    """

    registry_field_key: SecretStr | None = None
    public_url: str | None = None

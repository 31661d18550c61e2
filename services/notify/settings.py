"""What notify is told when the process starts: whom it may reach, where addresses are, and in whose name it speaks."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.notify.channels.channel import KeyKind
from services.notify.channels.settings import ChannelSettings
from services.notify.domain.telling import Lane


class NotifySettings(ChannelSettings):
    """``MASHANG_NOTIFY_…``. The default reaches nobody: files stand for the phones, and the key is a trial's.

    With ``files_only`` off, ``channels`` is ``simulator`` or ``live``; only a live key on live channels reaches everybody, a
    team key reaches ``guests``. ``registry_url`` is where addresses are asked for, the process itself where it is not set.
    """

    model_config = SettingsConfigDict(env_prefix="MASHANG_NOTIFY_")

    files_only: bool = True
    key_kind: KeyKind = KeyKind.TRIAL
    guests: tuple[str, ...] = ()
    registry_url: str | None = None
    registry_token: SecretStr | None = None
    address_seconds: float = Field(default=30.0, ge=0)
    telephone: str = "0510-12345"
    public_url: str = "http://127.0.0.1:8080"
    handbook_url: str | None = Field(default=None, description="such as https://…/{clause}?version={version}")
    batch: int = Field(default=500, ge=1, le=2000, description="messages that a lane claims together")
    broadcast_batch: int = Field(
        default=100, ge=1, le=2000, description="the same of broadcasts: the fewer, the sooner an alarm has its turn beside one"
    )
    at_once: int = Field(
        default=50,
        ge=1,
        le=500,
        description="calls of a lane to one provider at the same time, and messages claimed that take one each",
    )
    rates: dict[str, float] = Field(default={}, description="provider → dispatches per second, where less than it allows")
    round_seconds: float = Field(default=0.1, gt=0, description="a batch that takes longer lets another one go beside it")
    lease_seconds: float = Field(default=60.0, gt=0)
    seal_key: SecretStr | None = None
    address_key: SecretStr | None = None

    def batch_of(self, lane: str) -> int:
        """How many messages a lane claims together."""
        return min(self.batch, self.broadcast_batch) if lane == Lane.BROADCAST else self.batch

    @property
    def is_demo(self) -> bool:
        """Whether pretended phones stand for everybody's, and whoever reads them is believed to have the phone."""
        return not self.files_only and self.channels == "simulator"

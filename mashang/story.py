"""``mashang story``: the main job, played against a running instance."""

from shared.settings import Settings


async def tell(url: str, settings: Settings, *, as_json: bool) -> int:
    """Filled in when the four services stand."""
    raise NotImplementedError

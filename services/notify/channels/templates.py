"""Which template of each provider stands behind a template of ours, and in which order or fields its variables go."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict

_SHIPPED = Path(__file__).with_name("provider_templates.yaml")


class ProviderTemplate(BaseModel):
    """One approved template at one provider.

    ``variables`` are ours, in the provider's order; all of the notice's own where it is None. ``fields`` are the provider's
    (``thing1``), each with the variable of ours that fills it. ``page`` is a mini-program page, ``{token}`` in it the notice's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    variables: tuple[str, ...] | None = None
    fields: Mapping[str, str] | None = None
    page: str | None = None
    markdown: bool = False

    def chosen(self, given: Mapping[str, str]) -> dict[str, str] | None:
        """The variables that this template takes, in its order; None where one of them is not given."""
        names = tuple(given) if self.variables is None else self.variables
        return {name: given[name] for name in names} if all(name in given for name in names) else None


class TemplateMap(BaseModel):
    """All provider templates; ``derives`` invents an entry where there is none, which only a simulator accepts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    templates: Mapping[str, Mapping[str, ProviderTemplate]]
    derives: bool = False

    @classmethod
    def read(cls, path: Path | None, *, derives: bool) -> Self:
        """The file of a deployment, or the one that ships."""
        tree = yaml.safe_load((path or _SHIPPED).read_text(encoding="utf-8"))
        return cls.model_validate({**tree, "derives": derives})

    def of(self, provider: str, template: str) -> ProviderTemplate | None:
        """The provider's template for ours."""
        found = self.templates.get(template, {}).get(provider)
        return found or (ProviderTemplate(id=f"SMS_{template}") if self.derives else None)


@cache
def shipped_templates() -> TemplateMap:
    """The map that ships, for the simulator."""
    return TemplateMap.read(None, derives=True)

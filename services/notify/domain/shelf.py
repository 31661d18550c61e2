"""All texts of one edition by code and version, the newest first where nobody asks for another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import yaml

from services.notify.domain.template import Template


@dataclass(frozen=True, slots=True)
class Shelf:
    """The templates that are in use."""

    by_code: Mapping[str, Mapping[int, Template]]

    @classmethod
    def of(cls, templates: Iterable[Template]) -> Self:
        """A shelf of these; a later one with the same code and version takes the place of an earlier."""
        found: dict[str, dict[int, Template]] = {}
        for template in templates:
            found.setdefault(template.code, {})[template.version] = template
        return cls(found)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read the file that ships."""
        return cls.of(Template.of(row) for row in yaml.safe_load(text)["templates"])

    def newest(self, code: str) -> Template:
        """The newest version of a code; KeyError for an unknown one."""
        return self.by_code[code][max(self.by_code[code])]

    def exact(self, code: str, version: int) -> Template:
        """One version; KeyError for an unknown one."""
        return self.by_code[code][version]

    def has(self, code: str, version: int) -> bool:
        """Whether the version is on the shelf."""
        return version in self.by_code.get(code, {})

    def all(self) -> list[Template]:
        """Every version, by code and version."""
        return [self.by_code[code][version] for code in sorted(self.by_code) for version in sorted(self.by_code[code])]

"""Lines of work as they are listed."""

from services.registry.views.shape import Answer


class Division(Answer):
    """大类 of GB/T 4754."""

    division: str
    zh: str


class Section(Answer):
    """门类 of GB/T 4754."""

    letter: str
    zh: str
    divisions: list[Division]


class SupervisionList(Answer):
    """监管行业: a closed list."""

    version: str
    mark: str
    words: list[str]


class IndustryLists(Answer):
    """``mark`` M: to be compared with the standard itself; D: a default that a bureau may replace."""

    edition: str
    mark: str
    sections: list[Section]
    supervision: SupervisionList

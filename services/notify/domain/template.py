"""Texts with declared variables, in two languages and per channel; what they may not contain is found before publishing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any, Self

from jinja2 import StrictUndefined, TemplateSyntaxError, meta, nodes
from jinja2 import Template as Compiled
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.notify.domain import sms_text

LANGUAGES = ("zh-CN", "en")
SMS, OTHERWISE = "sms", "otherwise"

_ENVIRONMENT = ImmutableSandboxedEnvironment(
    variable_start_string="${", variable_end_string="}", undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False
)
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const,
    nodes.If, nodes.For, nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule that a template breaks; ``place`` is channel and language, or a variable."""

    code: str
    place: str


@dataclass(frozen=True, slots=True)
class Template:
    """One version of one text. ``texts`` is channel → language → text; the channel ``otherwise`` serves all not named."""

    code: str
    version: int
    title: Mapping[str, str]
    variables: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]] = field(repr=False)
    clause: str | None = None
    mark: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read one entry of the data file or one stored body; a plain ``text`` serves every channel."""
        texts = row.get("texts") or {OTHERWISE: row["text"]}
        examples = {name: str(example) for name, example in (row.get("variables") or {}).items()}
        return cls(row["code"], row["version"], row["title"], examples, texts, row.get("clause"), row.get("mark"))

    def text(self, channel: str, language: str) -> str:
        """The text for a channel in a language; Chinese where the other is not written."""
        by_language = self.texts.get(channel) or self.texts.get(OTHERWISE) or self.texts[SMS]
        return by_language.get(language) or by_language[LANGUAGES[0]]

    def render(self, channel: str, language: str, values: Mapping[str, Any]) -> str:
        """The text with its variables filled; an undeclared or missing one raises ``jinja2.UndefinedError``."""
        return _compiled(self.text(channel, language)).render(self.in_order(values))

    def in_order(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values in the order in which the template declares them, which storage does not keep and some carriers go by."""
        return {name: values[name] for name in self.variables if name in values}


@lru_cache(maxsize=2048)
def _compiled(text: str) -> Compiled:
    return _ENVIRONMENT.from_string(text)


def faults(template: Template) -> list[Fault]:
    """Every rule that the template breaks, the empty list when it may be published."""
    found = [fault for place in _all_texts(template) for fault in _text_faults(template, *place)]
    return _language_faults(template) + found + _variable_faults(template, {fault.place for fault in found})


def _all_texts(template: Template) -> list[tuple[str, str, str]]:
    return [(channel, language, text) for channel, texts in template.texts.items() for language, text in texts.items()]


def _language_faults(template: Template) -> list[Fault]:
    texts = [*((channel, texts) for channel, texts in template.texts.items()), ("title", template.title)]
    places = [(place, language) for place, text in texts for language in LANGUAGES if not text.get(language)]
    return [Fault("language_missing", f"{place}.{language}") for place, language in places]


def _text_faults(template: Template, channel: str, language: str, text: str) -> list[Fault]:
    place = f"{channel}.{language}"
    try:
        tree = _ENVIRONMENT.parse(text)
    except TemplateSyntaxError:
        return [Fault("syntax", place)]
    codes = ["statement_not_allowed"] if any(not isinstance(node, _ALLOWED) for node in _nodes(tree)) else []
    codes += ["variable_undeclared"] if meta.find_undeclared_variables(tree) - set(template.variables) else []
    return [Fault(code, place) for code in (*codes, *(_sms_faults(tree, text) if _is_sms(template, channel, language) else ()))]


def _is_sms(template: Template, channel: str, language: str) -> bool:
    return language == LANGUAGES[0] and (channel == SMS or (channel == OTHERWISE and SMS not in template.texts))


def _sms_faults(tree: nodes.Template, text: str) -> list[str]:
    """A carrier registers the text as it stands, so it is plain: placeholders and nothing else between fixed words."""
    parts = [part for output in tree.find_all(nodes.Output) for part in output.nodes]
    bare = all(isinstance(node, nodes.Output) for node in tree.body)
    plain = bare and all(isinstance(part, (nodes.Name, nodes.TemplateData)) for part in parts)
    said = [part for part in parts if not (isinstance(part, nodes.TemplateData) and not part.data.strip())]
    adjacent = any(isinstance(a, nodes.Name) and isinstance(b, nodes.Name) for a, b in pairwise(said))
    return [*([] if plain else ["sms_not_plain"]), *(["variables_adjacent"] if adjacent else []), *sms_text.body_faults(text)]


def _nodes(tree: nodes.Node) -> list[nodes.Node]:
    return [tree, *(below for child in tree.iter_child_nodes() for below in _nodes(child))]


def _variable_faults(template: Template, broken: set[str]) -> list[Fault]:
    if broken:
        return []
    used = {name for _, _, text in _all_texts(template) for name in meta.find_undeclared_variables(_ENVIRONMENT.parse(text))}
    return [Fault("variable_unused", name) for name in template.variables if name not in used]


def example_faults(template: Template, signature: str) -> list[Fault]:
    """What is wrong with the SMS once its examples stand in it: values that may not travel, or more than 500 characters."""
    values = [Fault(code, name) for name, value in sms_variables(template).items() for code in sms_text.variable_faults(value)]
    long = length(template, signature).characters > sms_text.MOST if not values else False
    return [*values, *([Fault("too_long", SMS)] if long else [])]


def sms_variables(template: Template) -> dict[str, str]:
    """The examples of those variables that the SMS text uses, in the order in which they are declared."""
    tree = _ENVIRONMENT.parse(template.text(SMS, LANGUAGES[0]))
    used = meta.find_undeclared_variables(tree)
    return {name: example for name, example in template.variables.items() if name in used}


def length(template: Template, signature: str) -> sms_text.Length:
    """How long the SMS is at its examples."""
    return sms_text.measure(signature, template.render(SMS, LANGUAGES[0], template.variables))

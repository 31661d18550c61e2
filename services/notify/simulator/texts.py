"""The approved templates as the pretended providers know them: the texts of the notices, ready to be filled."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import yaml

from services.notify.channels.templates import shipped_templates
from services.notify.domain.sms_text import measure
from services.notify.domain.template import Template

_HERE = Path(__file__).parent
_TEXTS = _HERE.parent / "data" / "templates.yaml"
_LANGUAGE = "zh-CN"


@cache
def known() -> Mapping[str, Template]:
    """The texts that ship, by code."""
    rows = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))["templates"]
    return {row["code"]: Template.of(row) for row in rows}


@cache
def _codes() -> Mapping[str, str]:
    """Our code for each provider template of the map that ships."""
    templates = shipped_templates().templates
    return {entry.id: code for code, entries in templates.items() for entry in entries.values()}


def code_of(template_id: str) -> str:
    """Our code behind a provider's template: by the map, or what follows ``SMS_``."""
    return _codes().get(template_id, template_id.removeprefix("SMS_"))


def title_of(template_id: str) -> str:
    """What the template is called."""
    template = known().get(code_of(template_id))
    return template.title[_LANGUAGE] if template else code_of(template_id)


def missing(template_id: str, values: Mapping[str, str]) -> list[str]:
    """Variables that the template needs and that are not given."""
    template = known().get(code_of(template_id))
    return [name for name in template.variables if f"${{{name}}}" in _plain(template) and name not in values] if template else []


def sms(signature: str, template_id: str, values: Mapping[str, str]) -> tuple[str, int]:
    """The SMS as the phone shows it and the parts it is billed as; the bare values where the template is not ours."""
    template = known().get(code_of(template_id))
    try:
        body = template.render("sms", _LANGUAGE, values) if template else ""
    except jinja2.UndefinedError:
        body = ""
    body = body or f"({code_of(template_id)}) {'；'.join(values.values())}"
    return f"【{signature}】{body}", measure(signature, body).parts


def lines(template_id: str, kind: str, data: Mapping[str, Any]) -> dict[str, str]:
    """The lines of a card, labelled; the field's own name where the template is not ours."""
    entry = shipped_templates().templates.get(code_of(template_id), {}).get(kind)
    names = entry.fields if entry and entry.fields else {}
    return {_labels().get(names.get(field, ""), field): str(value.get("value", "")) for field, value in data.items()}


@cache
def _labels() -> Mapping[str, str]:
    return {str(name): label for name, label in yaml.safe_load((_HERE / "labels.yaml").read_text(encoding="utf-8")).items()}


def _plain(template: Template) -> str:
    return template.text("sms", _LANGUAGE)

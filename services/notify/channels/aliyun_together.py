"""Many messages in one call to Alibaba Cloud: one text to up to a thousand numbers, or different ones to up to a hundred."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.notify.channels.limits import Limits
from services.notify.channels.numbers import national
from services.notify.channels.together import Ready, by_text, parts


@dataclass(frozen=True, slots=True, repr=False)
class Load:
    """One call and what it carries; ``form`` travels in the body, as the provider's SDK sends it."""

    action: str
    query: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)
    carried: tuple[Ready, ...] = ()


def loads(ready: Sequence[Ready], signature: str, limits: Limits) -> Iterator[Load]:
    """The fewest calls that carry them all: long rows of one text first, then what differs."""
    rest: dict[tuple[str, str], list[Ready]] = {}
    for group in by_text(ready):
        if len(group) > limits.most_different_per_call:
            yield from (same_text(part, signature) for part in parts(group, limits.most_per_call))
        else:
            rest.setdefault((group[0].template, group[0].key), []).extend(group)
    for group in rest.values():
        for part in parts(group, limits.most_different_per_call):
            yield same_text(part, signature) if len(part) == 1 else different_texts(part, signature)


def same_text(group: Sequence[Ready], signature: str) -> Load:
    """``SendSms``: one number, or many that are told the same."""
    first = group[0]
    query = {
        "PhoneNumbers": ",".join(national(one.dispatch.address.value) for one in group),
        "SignName": signature,
        "TemplateCode": first.template,
        "TemplateParam": first.values,
        "OutId": first.key,
    }
    return Load("SendSms", query, carried=tuple(group))


def different_texts(group: Sequence[Ready], signature: str) -> Load:
    """``SendBatchSms``: one template, each number with variables of its own."""
    form = {
        "PhoneNumberJson": json.dumps([national(one.dispatch.address.value) for one in group]),
        "SignNameJson": json.dumps([signature] * len(group), ensure_ascii=False),
        "TemplateParamJson": json.dumps([dict(one.variables) for one in group], ensure_ascii=False),
    }
    return Load("SendBatchSms", {"TemplateCode": group[0].template, "OutId": group[0].key}, form, tuple(group))

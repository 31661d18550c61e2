"""Texts and rule books: written as drafts, checked, previewed with a real event, published by somebody."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from jinja2 import UndefinedError
from pydantic import ValidationError
from pydantic_core import to_json

from services.notify import hearing, library, planner
from services.notify.domain import book_flaws
from services.notify.domain import template as texts
from services.notify.domain.book import Book
from services.notify.domain.planning import Library
from services.notify.domain.shelf import Shelf
from services.notify.domain.surroundings import Surroundings
from services.notify.domain.template import Template
from services.notify.domain.values import SOURCES, Scene, values
from services.notify.occurrences import occurrence_of
from services.notify.store import publishing as store
from services.notify.store.records import Row
from services.notify.views.publishing import (
    BookView,
    NewBook,
    NewTemplate,
    Preview,
    PreviewRequest,
    TemplateFault,
    TemplateView,
)
from shared.contracts.event import UnreadableEventError, decode
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused, Unreadable
from shared.identifiers import new_id
from shared.web import Caller


class TemplateFaulty(Refused):
    """A text that carriers would refuse, or that could not be filled."""

    code = "template_faulty"
    zh = "模板不能发布：{place} {fault}"
    en = "The template cannot be published: {place} {fault}"


class TemplateOutdated(Refused):
    """A newer version of the text is in force already, so that this one would never be told."""

    code = "template_outdated"
    status = 409
    zh = "已有更新的版本{version}生效，请重新起草"
    en = "Version {version} is in force already; write a new draft"


class BookFaulty(Refused):
    """A rule book that cannot be read; the place is named."""

    code = "book_faulty"
    zh = "规则手册有误：{place}"
    en = "The rule book is wrong at {place}"


async def list_templates(signature: str, tx: Tx) -> list[TemplateView]:
    """Every text: what ships, what was published over it, and drafts."""
    shipped = [_view(template, "shipped", signature) for template in library.shipped_shelf().all()]
    written = [_view(Template.of(row["body"]), row["state"], signature, row["id"]) for row in await store.templates_of(tx)]
    return sorted([*shipped, *written], key=lambda view: (view.code, view.version))


async def write_template(body: NewTemplate, signature: str, caller: Caller, tx: Tx) -> TemplateView:
    """A draft with the next version of its code; its faults are shown, and only publishing refuses them."""
    shipped = library.shipped_shelf().by_code.get(body.code, {})
    written = [row["version"] for row in await store.templates_of(tx, body.code)]
    version = max([0, *shipped, *written]) + 1
    stored = {**body.model_dump(mode="json", exclude={"id"}), "version": version, "mark": "D"}
    identity = body.id or new_id()
    row = {"id": identity, "code": body.code, "version": version, "body": stored, "state": "draft", "written_by": caller.subject}
    await store.add_template(tx, {**row, "written_at": tx.now})
    return _view(Template.of(stored), "draft", signature, identity)


async def publish_template(identity: UUID, signature: str, caller: Caller, tx: Tx) -> TemplateView:
    """From now on it is told so; what was told before keeps its text. Raises TemplateFaulty, TemplateOutdated."""
    await store.alone(tx)
    row = await _template(tx, identity)
    template = Template.of(row["body"])
    library.look_again(tx)
    in_force = await library.in_force(tx)
    newest = max(in_force.shelf.by_code.get(template.code, {0: None}))
    if newest > template.version:
        raise TemplateOutdated(version=str(newest))
    book = in_force.book
    unfilled = [texts.Fault("variable_unfilled", name) for name in book_flaws.unfilled(template, book)]
    if found := _faults(template, signature) or unfilled:
        raise TemplateFaulty(place=found[0].place, fault=found[0].code, pointer=f"/texts/{found[0].place.replace('.', '/')}")
    await store.publish_template(tx, identity, caller.subject)
    library.look_again(tx)
    return _view(template, "published", signature, identity)


async def preview(identity: UUID, body: PreviewRequest, signature: str, tx: Tx) -> Preview:
    """What would be told, filled from an event as it is on the wire. Raises Unreadable, SiteUnknown."""
    return await _preview(Template.of((await _template(tx, identity))["body"]), body, signature, tx)


async def preview_code(code: str, body: PreviewRequest, signature: str, tx: Tx) -> Preview:
    """The same for the version of a code that is in force."""
    shelf = (await library.in_force(tx)).shelf
    if code not in shelf.by_code:
        raise Missing
    return await _preview(shelf.newest(code), body, signature, tx)


async def _preview(template: Template, body: PreviewRequest, signature: str, tx: Tx) -> Preview:
    filled = {**template.variables, **await _from_event(template, body, tx), **body.values}
    channels = _channels_of(template, (await library.in_force(tx)).book)
    shown = Template(template.code, template.version, template.title, filled, template.texts)
    try:
        rendered = {channel: shown.render(channel, body.language, filled) for channel in channels}
    except UndefinedError:
        raise TemplateFaulty(place="texts", fault="variable_undeclared", pointer="/texts") from None
    size = texts.length(shown, signature)
    faults = [TemplateFault(code=f.code, place=f.place) for f in texts.example_faults(shown, signature)]
    title = template.title.get(body.language, template.title["zh-CN"])
    return Preview(title=title, texts=rendered, variables=filled, characters=size.characters, parts=size.parts, faults=faults)


def _channels_of(template: Template, book: Book) -> list[str]:
    """Every channel that the book sends the text on, those for which it is written, SMS and the inbox."""
    groups = [group for telling in book.tellings() for group in telling.to if group.template == template.code]
    routed = {step.channel for group in groups for step in (*group.route, *(group.sms_route or ()))}
    return sorted({*routed, *template.texts, texts.SMS, "in_app"} - {texts.OTHERWISE})


async def _from_event(template: Template, body: PreviewRequest, tx: Tx) -> Mapping[str, str]:
    if body.event is None:
        return {}
    try:
        occurrence = occurrence_of(decode(_raw(body.event)))
    except UnreadableEventError:
        raise Unreadable(pointer="/event") from None
    around: Surroundings = await planner.surroundings_of(tx, [occurrence])
    in_force: Library = await library.in_force(tx)
    known = [name for name in template.variables if name in SOURCES]
    return values(known, Scene(occurrence, around, in_force.words, body.language))


def _raw(event: dict[str, Any]) -> bytes:
    return to_json(event)


async def list_books(tx: Tx) -> list[BookView]:
    """The edition that ships, and those that were written."""
    shipped = library.shipped_book()
    first = BookView(edition=shipped.edition, state="shipped", body=library.shipped_text(), kinds=_kinds(shipped))
    shelf = (await library.in_force(tx)).shelf
    return [first, *(_book_view(row, shelf) for row in await store.books_of(tx))]


async def write_book(body: NewBook, caller: Caller, tx: Tx) -> BookView:
    """A draft, whose flaws are shown; one that cannot be read is refused. Raises BookFaulty."""
    book = _read(body.body)
    row = {
        "id": body.id or new_id(),
        "edition": book.edition,
        "body": body.body,
        "state": "draft",
        "written_by": caller.subject,
        "published_by": None,
        "written_at": tx.now,
    }
    await store.add_book(tx, row)
    return _book_view(row, (await library.in_force(tx)).shelf)


async def publish_book(identity: UUID, caller: Caller, tx: Tx) -> BookView:
    """From now on it decides who is told. Raises BookFaulty for a word in it that means nothing: nobody would be told then."""
    row = await store.book(tx, identity)
    if row is None:
        raise Missing
    view = _book_view({**row, "state": "published", "published_by": caller.subject}, (await library.in_force(tx)).shelf)
    if view.flaws:
        raise BookFaulty(place="; ".join(f"{flaw.code} {flaw.place}" for flaw in view.flaws[:5]), pointer="/body")
    await store.alone(tx)
    await store.publish_book(tx, identity, caller.subject)
    library.look_again(tx)
    return view


@lru_cache(maxsize=8)
def _read(body: str) -> Book:
    try:
        return Book.read(body)
    except ValidationError as error:
        place = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise BookFaulty(place=f"{'.'.join(map(str, place['loc']))}: {place['msg'][:120]}", pointer="/body") from None
    except (ValueError, TypeError, KeyError) as error:
        raise BookFaulty(place=str(error)[:120], pointer="/body") from None


def _book_view(row: Row, shelf: Shelf) -> BookView:
    book = _read(row["body"])
    found = book_flaws.flaws(book, shelf, hearing.facts_by_event())
    return BookView(**{**row, "kinds": _kinds(book), "flaws": [TemplateFault(code=f.code, place=f.place) for f in found]})


def _kinds(book: Book) -> list[str]:
    return sorted({telling.kind for telling in book.tellings()})


async def _template(tx: Tx, identity: UUID) -> Row:
    row = await store.template(tx, identity)
    if row is None:
        raise Missing
    return row


def _faults(template: Template, signature: str) -> list[texts.Fault]:
    return texts.faults(template) or texts.example_faults(template, signature)


def _view(template: Template, state: str, signature: str, identity: UUID | None = None) -> TemplateView:
    faults = _faults(template, signature)
    size = texts.length(template, signature) if not texts.faults(template) else None
    return TemplateView.model_validate(
        {
            "id": identity,
            "state": state,
            **{name: getattr(template, name) for name in ("code", "version", "title", "variables", "texts", "mark")},
            "characters": size.characters if size else None,
            "parts": size.parts if size else None,
            "faults": [{"code": fault.code, "place": fault.place} for fault in faults],
        }
    )

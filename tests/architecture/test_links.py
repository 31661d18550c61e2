"""Every link and every path that the documents name leads somewhere."""

import re
from pathlib import Path

from tests.architecture.committed import ROOT, files

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"`((?:docs|deploy|mashang|services|shared|tests)/[\w./-]*)`")


def dead_links(document: Path) -> list[str]:
    """Relative links of a Markdown document whose file or heading does not exist."""
    text = _FENCE.sub("", document.read_text("utf-8"))
    return [link for link in _LINK.findall(text) if not _leads_somewhere(document, link)]


def _leads_somewhere(document: Path, link: str) -> bool:
    if "://" in link or link.startswith("mailto:"):
        return True
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    if not target.exists():
        return False
    return not anchor or anchor in {_slug(heading) for heading in _HEADING.findall(target.read_text("utf-8"))}


def _slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_link_leads_somewhere() -> None:
    dead = {str(document.relative_to(ROOT)): links for document in files("*.md") if (links := dead_links(document))}
    assert dead == {}


def test_every_path_that_a_document_names_exists() -> None:
    """A decision tells what was true on its day, so decisions are left out."""
    documents = [path for path in files("README*.md", "CONTRIBUTING.md", "docs/*.md") if "decisions" not in path.parts]
    missing = {str(path.relative_to(ROOT)): names for path in documents if (names := missing_paths(path.read_text("utf-8")))}
    assert missing == {}


def missing_paths(text: str) -> list[str]:
    """Paths in backticks that start at a top folder of ours and are not there."""
    return [path for path in _PATH.findall(_FENCE.sub("", text)) if not (ROOT / path).exists()]


def test_a_missing_path_is_found() -> None:
    assert missing_paths("see `docs/nowhere.md`, `tests/architecture/` and `services/<name>/store.py`") == ["docs/nowhere.md"]


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A heading: two words\n")
    document = tmp_path / "document.md"
    document.write_text(
        "[a](there.md) [b](there.md#a-heading-two-words) [c](gone.md) [d](there.md#other) [e](https://example.org)"
    )
    assert dead_links(document) == ["gone.md", "there.md#other"]

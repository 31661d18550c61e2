"""Proof remains: a chain that shows every change, a link that acknowledges, a document that verifies without us."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_json
from sqlalchemy import text

from services.notify import workers
from services.notify.certificate import NoProof, read, verify
from services.notify.channels.channel import Concern, Impossible, Reached, Receipt
from services.notify.domain.proof import START, entry
from services.notify.marking import take_receipts
from services.notify.store import proofs
from services.notify.verify import main
from shared.contracts.guidance import HandbookPublished
from shared.contracts.notify import NoticeAcknowledged, NoticeDelivered
from shared.contracts.vocabulary import HandbookClause
from tests.services.notify import matters
from tests.services.notify.builders import BOSS, TENANT, grade_changed, hazard, named, people
from tests.services.notify.phones import Phone, install, notices, send_all
from tests.support.service import ServiceUnderTest


async def told(notify: ServiceUnderTest) -> Any:
    """The boss has been told of a danger; his notice."""
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True, clause={"rule": "LF", "clause": "5.1"}, clause_version="2026.1"))
    await send_all(notify)
    return (await notices(notify, person_id=BOSS))[0]


async def printed(notify: ServiceUnderTest, notice: Any) -> str:
    async with notify.client("bureau") as client:
        answer = await client.get(f"/api/notify/notices/{notice['id']}/proof")
    assert answer.status_code == 200
    return answer.text


async def test_the_link_shows_the_text_and_counts_as_read(notify: ServiceUnderTest) -> None:
    notice = await told(notify)
    async with notify.client() as anybody:
        page = await anybody.get(f"/n/{notice['token']}")

    assert "配电箱前堆物" in page.text
    assert "我已知悉" in page.text
    assert "5.1（2026.1 版）" in page.text
    assert "宜兴经开区应急" in page.text
    assert (await notices(notify, person_id=BOSS))[0]["state"] == "read"
    assert (await notify.said(NoticeDelivered))[-1].read_at is not None


def handbook(version: str, clause: str) -> HandbookPublished:
    changed = HandbookClause(clause=clause, version=version, title="电气线路", items=("LF-21",))
    return HandbookPublished(handbook_id=named("handbook"), version=version, effective_from=date(2026, 12, 1), changed=(changed,))


async def test_asking_whether_the_page_is_there_reads_nothing(notify: ServiceUnderTest) -> None:
    notice = await told(notify)
    async with notify.client() as anybody:
        assert (await anybody.head(f"/n/{notice['token']}")).status_code == 200

    assert (await notices(notify, person_id=BOSS))[0]["state"] == "accepted"


async def test_the_button_acknowledges_once(notify: ServiceUnderTest) -> None:
    notice = await told(notify)
    async with notify.client() as anybody:
        first = await anybody.post(f"/n/{notice['token']}")
        await anybody.post(f"/n/{notice['token']}")

    assert "已确认签收" in first.text
    assert (await notices(notify, person_id=BOSS))[0]["acknowledged_by"] == f"link:{BOSS}"
    assert len(await notify.said(NoticeAcknowledged)) == 1
    await notify.works(workers.climb_ladders)
    assert all(row["stopped"] == "acknowledged" for row in await notify.table("climbs"))


async def test_a_guessed_link_shows_nothing(notify: ServiceUnderTest) -> None:
    await told(notify)
    async with notify.client() as anybody:
        shown = await anybody.get("/n/aaaaaaaaaaaaaaaaaaaa")
        assert (await anybody.post(f"/n/{'a' * 300}")).status_code == 404
    async with notify.client(language="en") as reader:
        english = await reader.get("/n/aaaaaaaaaaaaaaaaaaaa")

    assert (shown.status_code, english.status_code) == (404, 404)
    assert "链接无效" in shown.text
    assert "not valid" in english.text
    assert "配电箱" not in shown.text


async def test_the_pages_load_nothing_from_anywhere(notify: ServiceUnderTest) -> None:
    notice = await told(notify)
    async with notify.client() as anybody:
        pages = [await anybody.get(f"/n/{notice['token']}"), await anybody.get("/n/aaaaaaaaaaaaaaaaaaaa")]

    for page in pages:
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert page.headers["Referrer-Policy"] == "no-referrer"
    for text_ in [*(page.text for page in pages), await printed(notify, notice)]:
        assert re.findall(r"""(?:src|href|action)\s*=\s*["'](?!/n/)[^"']+|url\(|@import|<link""", text_) == []


async def test_an_old_notice_shows_the_clause_of_its_day(notify: ServiceUnderTest) -> None:
    handbook_url = "https://handbook.example/{clause}?version={version}"
    notify.settings = notify.settings.model_copy(update={"handbook_url": handbook_url})
    notice = await told(notify)
    await notify.hears(handbook("2026.2", "5.1"))
    notify.time_passes(days=92)
    await notify.hears(
        hazard(hazard_id=named("later"), immediate=True, clause={"rule": "LF", "clause": "5.1"}, clause_version="2026.2")
    )
    later = (await notices(notify, person_id=BOSS))[-1]
    async with notify.client() as anybody:
        old, new = [(await anybody.get(f"/n/{row['token']}")).text for row in (notice, later)]

    assert 'href="https://handbook.example/5.1?version=2026.1"' in old
    assert 'href="https://handbook.example/5.1?version=2026.2"' in new
    assert read(await printed(notify, notice))["notice"]["clause"] == "5.1@2026.1"


async def test_an_event_without_a_clause_cites_that_of_its_item_on_the_day(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    cited = []
    for number, version in enumerate(("2026.1", "2026.2"), start=1):
        await notify.hears(handbook(version, "5.1"), sequence=number)
        await notify.hears(matters.overdue(), sequence=number)
        cited.append([row["clause"] for row in await notices(notify, kind="hazard_overdue", person_id=BOSS)])

    assert cited == [["5.1@2026.1"], ["5.1@2026.1", "5.1@2026.2"]]


async def test_the_chain_tells_text_receipt_opening_and_acknowledgement(notify: ServiceUnderTest) -> None:
    notice = await told(notify)
    dispatch = next(d for d in await notify.table("dispatches") if d["notice_id"] == notice["id"] and d["state"] == "accepted")
    receipt = Receipt("file", None, dispatch["id"].hex, Reached.DELIVERED, dispatch["started_at"])
    await notify.database.run(lambda tx: take_receipts(tx, [receipt]))
    async with notify.client() as anybody:
        await anybody.get(f"/n/{notice['token']}")
        await anybody.post(f"/n/{notice['token']}")
    proof = read(await printed(notify, notice))

    assert [e["what"]["happened"] for e in proof["entries"]] == ["accepted", "receipt_delivered", "opened", "acknowledged"]
    first = proof["entries"][0]["what"]
    assert first["template"] == "HZ_NEW.1"
    assert "配电箱前堆物" in first["text"]
    assert "****" in first["to"]


async def test_the_printed_proof_verifies_offline(notify: ServiceUnderTest, tmp_path: Path) -> None:
    notice = await told(notify)
    notify.time_passes(minutes=2)
    await notify.works(workers.anchor_proofs)
    page = await printed(notify, notice)
    file = tmp_path / "proof.html"
    file.write_text(page, "utf-8")

    assert verify(page) == []
    assert read(page)["anchors"]
    assert main([str(file)]) == 0
    async with notify.client("auditor") as auditor:
        key = (await auditor.get("/api/notify/seal")).json()["public_key"]
    assert verify(page, key) == []
    assert verify(page, "AAAA") == ["seal: another key"]


@pytest.mark.parametrize(
    "alter",
    [
        lambda proof: proof["entries"][0]["what"].update(text="别的内容"),
        lambda proof: proof["entries"][0].update(at="2020-01-01T00:00:00+00:00"),
        lambda proof: proof["entries"].clear(),
        lambda proof: proof["notice"].update(state="failed"),
        lambda proof: proof["anchors"][0]["anchor"].update(entries=9),
        lambda proof: proof["anchors"][0]["path"].append({"side": "left", "hash": "00" * 32}),
        lambda proof: proof["anchors"][0]["anchor"].update(signature=None),
        lambda proof: proof["entries"].reverse(),
        lambda proof: proof["entries"].pop(1),
        lambda proof: proof["entries"].pop(),
    ],
)
async def test_an_altered_proof_is_seen(notify: ServiceUnderTest, alter: Any) -> None:
    notice = await told(notify)
    async with notify.client() as anybody:
        await anybody.post(f"/n/{notice['token']}")
    notify.time_passes(minutes=2)
    await notify.works(workers.anchor_proofs)
    proof = read(await printed(notify, notice))
    alter(proof)

    assert verify(json.dumps(proof))


async def test_a_row_that_was_altered_in_the_database_is_seen(notify: ServiceUnderTest) -> None:
    notice = await told(notify)
    change = text("""UPDATE notify.proofs SET what = jsonb_set(what, '{text}', '"别的内容"')""")
    await notify.database.run(lambda tx: tx.execute(change))

    assert "entry 1: altered" in verify(await printed(notify, notice))


async def written_anew(notify: ServiceUnderTest, notice: Any) -> None:
    """Somebody with the database rewrites the whole chain of a notice, every hash of it right."""

    async def rewrite(tx: Any) -> None:
        previous = START
        for link in await proofs.chain(tx, notice["id"]):
            changed = entry(link.notice_id, link.position, link.at, {**link.what, "text": "别的内容"}, previous)
            previous = changed.hash
            row = {"what": to_json(changed.what).decode(), "previous": changed.previous, "hash": changed.hash}
            values = "what = :what, previous = :previous, hash = :hash"
            change = f"UPDATE notify.proofs SET {values} WHERE notice_id = :id AND position = :p"
            await tx.execute(text(change), row | {"id": link.notice_id, "p": link.position})

    await notify.database.run(rewrite)


async def test_a_chain_that_was_written_anew_does_not_fit_its_anchor(notify: ServiceUnderTest) -> None:
    notice = await told(notify)
    notify.time_passes(minutes=2)
    await notify.works(workers.anchor_proofs)
    assert verify(await printed(notify, notice)) == []
    await written_anew(notify, notice)

    page = await printed(notify, notice)
    assert [fault for fault in verify(page) if "entry" in fault and "anchor" not in fault] == []
    assert "anchor 1: does not bind the entry" in verify(page)


async def test_even_anchors_that_were_made_anew_are_found_by_whoever_kept_the_old_ones(
    notify: ServiceUnderTest, tmp_path: Path
) -> None:
    notice = await told(notify)
    notify.time_passes(minutes=2)
    await notify.works(workers.anchor_proofs)
    true = await printed(notify, notice)
    async with notify.client("auditor") as auditor:
        kept = (await auditor.get("/api/notify/anchors")).json()
        key = (await auditor.get("/api/notify/seal")).json()["public_key"]
    await written_anew(notify, notice)
    await notify.database.run(lambda tx: tx.execute(text("DELETE FROM notify.anchors")))
    unbound = await printed(notify, notice)
    await notify.works(workers.anchor_proofs)
    forged = await printed(notify, notice)

    assert verify(true, key, kept["items"]) == []
    assert verify(forged, key) == []  # whoever has database and key can do this; that is why anchors are kept elsewhere
    assert verify(forged, key, kept["items"]) == ["anchor 1: another one was kept"]
    assert verify(unbound, key, kept["items"]) == ["entry 1: no anchor binds it, though one of its time was kept"]
    files = {"anchors.json": json.dumps(kept), "true.html": true, "forged.html": forged}
    for name, content in files.items():
        (tmp_path / name).write_text(content, "utf-8")
    results = [main([str(tmp_path / page), key, str(tmp_path / "anchors.json")]) for page in ("true.html", "forged.html")]
    assert results == [0, 1]
    altered = [{**kept["items"][0], "entries": 9}]
    assert "kept anchor 1: altered" in verify(true, key, altered)


async def test_a_page_without_a_proof_is_none(tmp_path: Path) -> None:
    with pytest.raises(NoProof):
        verify("<html></html>")
    empty = tmp_path / "empty.html"
    empty.write_text("{}")
    assert main([str(empty)]) == 2


async def test_anchors_form_a_chain(notify: ServiceUnderTest) -> None:
    await told(notify)
    notify.time_passes(minutes=2)
    assert await notify.works(workers.anchor_proofs)
    assert not await notify.works(workers.anchor_proofs)
    await notify.hears(hazard(hazard_id=named("another"), immediate=True))
    await send_all(notify)
    notify.time_passes(minutes=2)
    assert await notify.works(workers.anchor_proofs)

    first, second = sorted(await notify.table("anchors"), key=lambda row: row["number"])
    assert second["previous"] == first["hash"]
    assert first["entries"] == second["entries"] == 4


async def test_that_it_was_tried_in_vain_is_proven_too(notify: ServiceUnderTest) -> None:
    install(notify, Phone(says=lambda _: Impossible("number_illegal", Concern.ADDRESS)))
    notice = await told(notify)
    proof = read(await printed(notify, notice))

    assert [(e["what"]["happened"], e["what"].get("reason")) for e in proof["entries"]] == [("failed", "number_illegal")]


async def test_a_notice_for_the_inbox_is_proven(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(grade_changed(**{"from": None}))
    (notice,) = await notices(notify, kind="grade_given")

    assert [e["what"]["happened"] for e in read(await printed(notify, notice))["entries"]] == ["shown"]


async def test_a_tenant_reads_its_own_proof_and_no_others(notify: ServiceUnderTest) -> None:
    notice = await told(notify)
    async with notify.client("tenant", parties=[TENANT]) as own, notify.client("tenant", parties=[named("neighbour")]) as other:
        assert (await own.get(f"/api/notify/notices/{notice['id']}/proof.json")).status_code == 200
        assert (await other.get(f"/api/notify/notices/{notice['id']}/proof.json")).status_code == 404
        assert (await other.get(f"/api/notify/notices/{notice['id']}")).status_code == 404
        assert (await other.get("/api/notify/notices")).json()["items"] == []
        assert len((await own.get("/api/notify/inbox")).json()["items"]) == 2

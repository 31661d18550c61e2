"""Proof remains: a chain that shows every change, a link that acknowledges, a document that verifies without us."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from services.notify import workers
from services.notify.certificate import NoProof, read, verify
from services.notify.channels.channel import Concern, Impossible, Reached, Receipt
from services.notify.marking import take_receipts
from services.notify.verify import main
from shared.contracts.notify import NoticeAcknowledged, NoticeDelivered
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
    assert "5.1@2026.1" in page.text
    assert (await notices(notify, person_id=BOSS))[0]["state"] == "read"
    assert (await notify.said(NoticeDelivered))[-1].read_at is not None


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
        assert (await anybody.get("/n/aaaaaaaaaaaaaaaaaaaa")).status_code == 404
        assert (await anybody.post(f"/n/{'a' * 300}")).status_code == 404


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
        lambda proof: proof["notice"].update(state="acknowledged"),
        lambda proof: proof["anchors"][0]["anchor"].update(entries=9),
        lambda proof: proof["anchors"][0]["path"].append({"side": "left", "hash": "00" * 32}),
    ],
)
async def test_an_altered_proof_is_seen(notify: ServiceUnderTest, alter: Any) -> None:
    notice = await told(notify)
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

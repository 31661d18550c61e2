"""Parties: registered once, found by any of their names, their people's numbers kept private."""

import pytest

from shared.contracts.registry import ContactChanged, PartyChanged, PartyRegistered
from tests.services.registry.builders import building, created, credit_code, lease, party, site
from tests.support.service import ServiceUnderTest

MOBILE = "13912345678"
ID_NUMBER = "11010519491231002X"
PERSON = {"role": "principal", "name": "王建国", "mobile": MOBILE}


async def test_a_registered_party_is_told_to_everybody_by_its_card(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await party(
            client, "宜兴市宏达金属制品有限公司", contacts=[{"role": "principal", "name": "王建国", "mobile": MOBILE}]
        )
    registered, contact = await registry.said()
    assert isinstance(registered, PartyRegistered)
    assert (str(registered.party_id), registered.name) == (view["id"], "宜兴市宏达金属制品有限公司")
    assert isinstance(contact, ContactChanged)
    assert str(contact.contact_id) == view["contacts"][0]["id"]


async def test_mobiles_are_masked_in_answers(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await party(client, contacts=[{"role": "principal", "name": "王建国", "mobile": "+86 139 1234 5678"}])
    assert view["contacts"][0]["mobile"] == "139****5678"


async def test_full_width_and_lower_case_codes_are_normalised_before_they_are_checked(registry: ServiceUnderTest) -> None:
    code = credit_code()
    pasted = "".join(chr(ord(character) + 0xFEE0) for character in code.lower())
    async with registry.client("bureau") as client:
        assert (await party(client, uscc=pasted))["uscc"] == code


async def test_a_code_of_the_wrong_form_is_refused_by_field_and_rule(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        body = {"party_type": "enterprise", "name": "甲公司", "uscc": "91110000IO1623741K"}
        answer = await client.post("/api/registry/parties", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "uscc_alphabet")
    assert answer.json()["errors"][0]["pointer"] == "/uscc"
    assert "91110000IO1623741K" not in answer.text


async def test_a_wrong_checksum_is_taken_with_a_warning_until_somebody_says_why_it_stands(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await party(client, uscc="91350211M0000XUF46")
        assert "uscc_checksum" in [warning["code"] for warning in view["warnings"]]
        path = f"/api/registry/parties/{view['id']}"
        kept = await client.patch(path, json={"uscc_override": "与营业执照核对一致"}, headers={"If-Match": '"1"'})
        assert (kept.status_code, kept.json()["warnings"]) == (200, [])


async def test_an_enterprise_without_a_code_is_refused(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        answer = await client.post("/api/registry/parties", json={"party_type": "enterprise", "name": "甲公司"})
    assert (answer.status_code, answer.json()["code"]) == (422, "credit_code_needed")


async def test_one_code_is_one_party(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        first = await party(client)
        body = {"party_type": "enterprise", "name": "另一个名字", "uscc": first["uscc"]}
        answer = await client.post("/api/registry/parties", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "party_known")


async def test_the_same_request_twice_registers_once(registry: ServiceUnderTest) -> None:
    body = {"party_type": "enterprise", "name": "甲公司", "uscc": credit_code()}
    async with registry.client("bureau") as client:
        first = await client.post("/api/registry/parties", json=body, headers={"Idempotency-Key": "one"})
        again = await client.post("/api/registry/parties", json=body, headers={"Idempotency-Key": "one"})
    assert first.json() == again.json()
    assert len(await registry.said(PartyRegistered)) == 1


async def test_a_party_is_found_by_name_by_code_and_by_initials(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        wanted = await party(client, "宜兴市宏达金属制品有限公司")
        await party(client, "江苏新源纺织有限公司")
        for typed in ("宏达", "yxshd", "HDJS", wanted["uscc"][8:18], "宜兴市 宏达"):
            found = (await client.get("/api/registry/parties", params={"q": typed})).json()["items"]
            assert [item["id"] for item in found] == [wanted["id"]], typed
        assert (await client.get("/api/registry/parties", params={"uscc": wanted["uscc"].lower()})).json()["items"][0][
            "id"
        ] == wanted["id"]


async def test_a_stale_change_is_refused(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await party(client)
        path = f"/api/registry/parties/{view['id']}"
        first = await client.patch(path, json={"employees": 12}, headers={"If-Match": '"1"'})
        stale = await client.patch(path, json={"employees": 13}, headers={"If-Match": '"1"'})
    assert (first.status_code, first.headers["etag"], stale.status_code) == (200, '"2"', 412)
    [changed] = await registry.said(PartyChanged)
    assert (changed.changed, changed.envelope.sequence) == (("employees",), 2)


@pytest.mark.parametrize("version", ["13987650123", "-1", "1.0", "a"])
async def test_a_version_that_nothing_has_is_no_version(registry: ServiceUnderTest, version: str) -> None:
    async with registry.client("bureau") as client:
        path = f"/api/registry/parties/{(await party(client))['id']}"
        answer = await client.patch(path, json={"employees": 12}, headers={"If-Match": version})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_version")


async def test_a_field_that_must_say_something_cannot_be_emptied_and_another_can(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await party(client, employees=12)
        path = f"/api/registry/parties/{view['id']}"
        refused = await client.patch(path, json={"name": None})
        emptied = await client.patch(path, json={"employees": None})
    assert (refused.status_code, refused.json()["code"], refused.json()["errors"][0]["pointer"]) == (422, "value_needed", "/name")
    assert (emptied.status_code, emptied.json()["employees"]) == (200, None)


async def test_a_natural_person_is_an_id_in_events(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await party(client, "李秀英", party_type="natural_person", id_number=ID_NUMBER)
    [said] = await registry.said(PartyRegistered)
    assert (said.name, said.uscc) == (None, None)
    assert view["id_number"] == "**************002X"


async def test_an_id_number_is_shown_in_full_only_to_the_bureau_and_only_on_record(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau", "grid_officer") as client:
        view = await party(client, "李秀英", party_type="natural_person", id_number=ID_NUMBER)
    path = f"/api/registry/parties/{view['id']}/reveal-id-number"
    async with registry.client("grid_officer") as officer:
        assert (await officer.post(path)).status_code == 403
    async with registry.client("bureau", subject="chen") as client:
        for _ in range(2):
            answer = await client.post(path, headers={"Idempotency-Key": "k1"})
            assert answer.json()["id_number"] == ID_NUMBER
    told = [(entry["subject"], entry["deed"], str(entry["object_id"])) for entry in await registry.table("audit")]
    assert told == [("tester", "add_id_number", view["id"]), *[("chen", "reveal_id_number", view["id"])] * 2]


async def test_numbers_lie_sealed_in_the_database(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        await party(client, contacts=[{"role": "principal", "name": "王建国", "mobile": MOBILE}])
        person = await party(client, "李秀英", party_type="natural_person", id_number=ID_NUMBER)
        path = f"/api/registry/parties/{person['id']}/reveal-id-number"
        assert ID_NUMBER in (await client.post(path, headers={"Idempotency-Key": "k2"})).text
    for table in ("parties", "contacts", "outbox", "history", "idempotency", "audit"):
        for row in await registry.table(table):
            stored = b"".join(value if isinstance(value, bytes) else str(value).encode() for value in row.values())
            assert MOBILE.encode() not in stored, table
            assert ID_NUMBER.encode() not in stored, table


async def test_notify_gets_a_number_only_as_integrator_and_on_record(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        person = {"role": "principal", "name": "王建国", "mobile": MOBILE, "wechat_openid": "oAbC123456"}
        contact = (await party(client, contacts=[person]))["contacts"][0]
    async with registry.client("landlord") as stranger:
        assert (await stranger.get(f"/api/registry/contacts/{contact['id']}/address")).status_code == 403
    async with registry.client("integrator", source="notify") as notify:
        one = (await notify.get(f"/api/registry/contacts/{contact['id']}/address")).json()
        assert (one["mobile"], one["wechat_openid"]) == (MOBILE, "oAbC123456")
        several = (await notify.post("/api/registry/contacts/addresses", json={"ids": [contact["id"]]})).json()
        assert several["items"] == [one]
    assert [entry["deed"] for entry in await registry.table("audit")] == ["add_contact", "read_address", "read_address"]


async def test_a_contact_who_left_has_no_address_any_more(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau", "integrator") as client:
        contact = (await party(client, contacts=[{"role": "principal", "name": "王", "mobile": MOBILE}]))["contacts"][0]
        await client.patch(f"/api/registry/contacts/{contact['id']}", json={"active": False})
        assert (await client.get(f"/api/registry/contacts/{contact['id']}/address")).status_code == 404
    last = (await registry.said(ContactChanged))[-1]
    assert (last.active, last.envelope.sequence) == (False, 2)


async def test_a_person_is_found_by_his_number_on_record_and_by_nobody_but_the_bureau(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau", subject="chen") as client:
        wanted = await party(client, contacts=[{"role": "principal", "name": "王建国", "mobile": MOBILE}])
        person = await party(client, "李秀英", party_type="natural_person", id_number=ID_NUMBER)
        by_mobile = (await client.post("/api/registry/parties/find", json={"mobile": "+86 139-1234-5678"})).json()["items"]
        by_number = (await client.post("/api/registry/parties/find", json={"id_number": ID_NUMBER})).json()["items"]
    assert [item["id"] for item in (*by_mobile, *by_number)] == [wanted["id"], person["id"]]
    async with registry.client("grid_officer") as officer:
        assert (await officer.post("/api/registry/parties/find", json={"mobile": MOBILE})).status_code == 403
    assert [(row["subject"], row["deed"]) for row in await registry.table("audit")] == [
        ("chen", deed) for deed in ("add_contact", "add_id_number", "find_person", "find_person")
    ]


async def test_a_landlord_finds_a_firm_by_its_whole_code_and_not_by_a_part_of_its_name(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, stranger = await party(client), await party(client)
    async with registry.client("landlord", parties=[owner["id"]]) as own:
        whole = (await own.get("/api/registry/parties", params={"uscc": stranger["uscc"]})).json()["items"]
        part = (await own.get("/api/registry/parties", params={"q": stranger["name"]})).json()["items"]
        assert (await own.get(f"/api/registry/parties/{stranger['id']}")).status_code == 404
    assert ([item["id"] for item in whole], part) == ([stranger["id"]], [])


async def test_an_address_that_differs_from_the_registered_one_is_shown(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        moved = await party(client, registered_address="文庄路1号", actual_address="文庄路 9 号")
        same = await party(client, registered_address="文庄路1号", actual_address="文庄路 1号", details={"shifts": 2})
        unknown = await party(client)
    assert (moved["address_differs"], same["address_differs"], unknown["address_differs"]) == (True, False, None)
    assert same["details"]["shifts"] == 2


async def test_a_landlord_who_drafts_a_lease_sees_the_firms_people_and_changes_none_of_them(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, firm = await party(client), await party(client, contacts=[PERSON])
        place = await building(client, owner)
    own, person = f"/api/registry/parties/{firm['id']}", f"/api/registry/contacts/{firm['contacts'][0]['id']}"
    async with registry.client("landlord", parties=[owner["id"]]) as landlord:
        draft = await lease(landlord, place, owner, firm)
        assert (await landlord.get(own)).status_code == 200
        tried = [
            await landlord.patch(person, json={"mobile": "13800138000"}),
            await landlord.post(f"{own}/contacts", json={"role": "principal", "name": "某人"}),
            await landlord.post(f"{own}/documents", json={"kind": "licence"}),
        ]
        assert [answer.status_code for answer in tried] == [403] * 3
        await landlord.post(f"/api/registry/leases/{draft['id']}/withdraw")
        assert [(await landlord.get(own)).status_code, (await landlord.patch(person, json={})).status_code] == [404] * 2


async def test_a_party_its_grids_officer_and_the_bureau_change_its_people_and_which_fields_is_on_record(
    registry: ServiceUnderTest,
) -> None:
    async with registry.client("bureau") as client:
        grid = await created(client, "/grids", name="东网格")
        firm = await party(client, contacts=[PERSON])
        await site(client, await building(client), firm, grid_id=grid["id"])
    person = f"/api/registry/contacts/{firm['contacts'][0]['id']}"
    async with (
        registry.client("tenant", subject="boss", parties=[firm["id"]]) as boss,
        registry.client("grid_officer", subject="zhou", grids=[grid["id"]]) as officer,
        registry.client("bureau", subject="chen") as bureau,
    ):
        assert (await boss.patch(person, json={"mobile": "13800138000", "active": True})).status_code == 200
        assert (await officer.patch(person, json={"name": "王建军"})).status_code == 200
        added = await bureau.post(f"/api/registry/parties/{firm['id']}/contacts", json=PERSON)
        assert added.status_code == 201
    trail = [(row["subject"], row["deed"], row["note"]) for row in await registry.table("audit")]
    assert trail[-3:] == [
        ("boss", "change_contact", "active,mobile"),
        ("zhou", "change_contact", "name"),
        ("chen", "add_contact", "mobile,name,role"),
    ]


async def test_details_that_are_not_named_in_a_change_stay(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        told = {"products": "螺丝", "blacklisted": "yes", "work_injury_insurance": {"has": "yes", "insurer": "某公司"}}
        view = await party(client, details=told)
        changes = {"details": {"shifts": 2, "blacklisted": "unknown", "work_injury_insurance": {"expires_on": "2027-01-01"}}}
        shown = (await client.patch(f"/api/registry/parties/{view['id']}", json=changes)).json()["details"]
    assert (shown["products"], shown["shifts"], shown["blacklisted"]) == ("螺丝", 2, "unknown")
    assert shown["work_injury_insurance"] == {"has": "yes", "insurer": "某公司", "expires_on": "2027-01-01"}


async def test_a_workshop_that_gets_its_licence_is_known_by_its_code_and_no_longer_by_an_id_number(
    registry: ServiceUnderTest,
) -> None:
    async with registry.client("bureau") as client:
        view = await party(client, "老张加工点", party_type="unlicensed", id_number=ID_NUMBER)
        licence = {"party_type": "individual_business", "uscc": credit_code(first="92")}
        path = f"/api/registry/parties/{view['id']}"
        kept = await client.patch(path, json=licence | {"id_number": ID_NUMBER})
        licensed = (await client.patch(path, json=licence)).json()
    assert (kept.status_code, kept.json()["code"]) == (422, "id_number_not_expected")
    assert (licensed["party_type"], licensed["uscc"], licensed["id_number"]) == (
        "individual_business",
        licence["uscc"],
        None,
    )


async def test_an_id_number_is_given_later_and_sealed_and_on_record(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau", subject="chen") as client:
        view = await party(client, "李秀英", party_type="natural_person")
        path = f"/api/registry/parties/{view['id']}"
        wrong = await client.patch(path, json={"id_number": "110105194912310021"})
        given = await client.patch(path, json={"id_number": ID_NUMBER})
        found = (await client.post("/api/registry/parties/find", json={"id_number": ID_NUMBER})).json()["items"]
    assert (wrong.status_code, given.json()["id_number"], found[0]["id"]) == (422, "**************002X", view["id"])
    assert [row["deed"] for row in await registry.table("audit")] == ["change_id_number", "find_person"]
    assert ID_NUMBER not in str([dict(row) for row in await registry.table("parties")])

"""Two persons of one name in one ledger: nobody is taken for another by his name and compound alone."""

from dataclasses import replace

from services.registry.domain.ledger_row import LeaseCells, LedgerRow, PersonCells, TenantCells
from shared.contracts.vocabulary import PartyType
from tests.services.registry.builders import party
from tests.services.registry.test_taking_rows import END, START, ledger_row, taken
from tests.support.service import ServiceUnderTest


async def test_two_of_one_name_in_one_compound_with_a_mobile_and_a_room_each_are_not_one(registry: ServiceUnderTest) -> None:
    def row(number: int, floor: str, mobile: str) -> LedgerRow:
        who = TenantCells("张伟", party_type=PartyType.NATURAL_PERSON, principal=PersonCells("张伟", mobile))
        return replace(ledger_row(number), tenant=who, lease=LeaseCells(floor, "", None, START, END))

    first, same, other = row(1, "1F", "13812340001"), row(1, "1F", "13812340003"), row(2, "2F", "13812340002")
    await taken(registry, [first])
    [asked] = await taken(registry, [other])
    [renumbered] = await taken(registry, [same])
    async with registry.client("bureau") as client:
        people = [{"role": "principal", "name": "张伟", "mobile": "13812340002"}]
        await party(client, "张伟", party_type="natural_person", contacts=people)
    [registered] = await taken(registry, [other])
    assert [(problem.column, problem.code) for problem in asked.problems] == [("tenant.name", "namesake_unclear")]
    assert (renumbered.problems, renumbered.updated) == ((), ("contact",))
    assert registered.problems == ()
    assert len({lease["tenant_party_id"] for lease in await registry.table("leases")}) == 2

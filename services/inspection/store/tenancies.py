"""Who stands where about a site ``s``, as the ledger says it now: written once for all that ask it in their own statement."""

from sqlalchemy import RowMapping

from services.inspection.domain.responsibility import Tenancy
from shared.contracts.vocabulary import SiteKind

TENANCY = """s.kind AS site_kind, s.party_id AS occupier,
      coalesce(
        (SELECT l.party_id FROM inspection.sites l WHERE l.site_id = s.landlord_site_id),
        (SELECT e.landlord_party_id FROM inspection.leases e WHERE e.is_active AND e.tenant_party_id = s.party_id
          AND e.building_id = s.building_id ORDER BY e.site_id = s.site_id DESC NULLS LAST, e.sequence DESC LIMIT 1)) AS landlord,
      (SELECT m.party_id FROM inspection.sites m WHERE m.building_id = s.building_id AND m.kind = 'unified_manager'
        AND m.closed_on IS NULL ORDER BY m.site_id LIMIT 1) AS manager"""


def tenancy_of(row: RowMapping) -> Tenancy:
    """The tenancy in a row that asked for it."""
    return Tenancy(SiteKind(row["site_kind"]), row["occupier"], row["landlord"], row["manager"])

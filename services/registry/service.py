"""The registry, wired."""

from services.registry import handlers, tables
from services.registry.api import assembled
from services.registry.codes.workers import keep_codes
from services.registry.ledger.workers import forget_uploads, take_ledgers
from services.registry.pages import code_page
from services.registry.settings import RegistrySettings
from services.registry.vault import vault_open
from services.registry.workers import advance_leases, refresh_map, reseal_numbers, tell_unconfirmed_sites
from shared.contracts import registry as said
from shared.service import Service

registry = service = Service(
    name="registry",
    mailbox=tables.mailbox,
    on=handlers.on,
    api=assembled(),
    says=(
        said.SiteRegistered,
        said.SiteChanged,
        said.SiteClosed,
        said.SiteFactsChanged,
        said.PartyRegistered,
        said.PartyChanged,
        said.ContactChanged,
        said.LeaseSubmitted,
        said.AdmissionDecided,
        said.LeaseActivated,
        said.LeaseChanged,
        said.LeaseExpiring,
        said.LeaseEnded,
        said.OfficerAssigned,
        said.CodeIssued,
        said.CodePosted,
        said.CodeVoided,
    ),
    workers=(advance_leases, tell_unconfirmed_sites, refresh_map, reseal_numbers, keep_codes, take_ledgers, forget_uploads),
    settings=RegistrySettings,
    pages=code_page.router,
    lifespan=vault_open,
    summary="Who is where, in whose building, under which lease",
)

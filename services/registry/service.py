"""The registry, wired."""

from services.registry import handlers, tables
from services.registry.api import assembled
from services.registry.codes.workers import keep_codes
from services.registry.settings import RegistrySettings
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
        said.CodeIssued,
        said.CodePosted,
        said.CodeVoided,
    ),
    workers=(keep_codes,),
    settings=RegistrySettings,
    summary="Who is where, in whose building, under which lease",
)

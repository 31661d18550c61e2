"""Grading, wired."""

from services.grading import api, handlers, workers
from services.grading.tables import mailbox
from shared.contracts.grading import (
    AppealDecided,
    AppealFiled,
    GradeChanged,
    GradeOverridden,
    GradeWarned,
    OverrideExpired,
    PolicyActivated,
)
from shared.service import Service

grading = service = Service(
    name="grading",
    mailbox=mailbox,
    on=handlers.on,
    api=api.router,
    says=(GradeChanged, GradeWarned, PolicyActivated, GradeOverridden, OverrideExpired, AppealFiled, AppealDecided),
    workers=workers.ALL,
    gathers=0.1,
    summary="What it means: facts, policies, levels, appeals",
)

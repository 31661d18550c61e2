"""An import-linter contract that names what may be imported: a library added later is refused until somebody lists it."""

import sys
from typing import Any, cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.helpers import module_expressions_to_modules


class AllowListContract(Contract):
    """The modules and everything below them import only what is allowed, themselves, and the standard library."""

    type_name = "allow_list"

    modules = fields.SetField(subfield=fields.ModuleExpressionField())
    allowed = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 - import-linter calls it so
        """Direct imports are enough: what an allowed module imports is that module's own affair."""
        roots = {module.name for module in module_expressions_to_modules(graph, cast("Any", self.modules))}
        allowed = {*roots, *cast("set[str]", self.allowed), *sys.stdlib_module_names}
        strangers = [
            f"{importer} -> {imported}"
            for root in sorted(roots)
            for importer in sorted({root, *graph.find_descendants(root)})
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not any(f"{imported}.".startswith(f"{one}.") for one in allowed)
        ]
        return ContractCheck(kept=not strangers, metadata={"strangers": strangers})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line for each import that is not on the list."""
        for stranger in check.metadata["strangers"]:
            output.print_error(stranger)

"""What the commands share: the flag for programs, examples under the help text, services by name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from services.__main__ import NAMES, load

if TYPE_CHECKING:
    from shared.service import Service

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", help=", ".join(NAMES))]
ServiceNames = Annotated[list[str], typer.Argument(metavar="SERVICE", help=", ".join(NAMES))]

SomeServices = Annotated[list[str] | None, typer.Argument(metavar="SERVICE", help=", ".join(NAMES))]


def words(text: str) -> typer.Typer:
    """A group of commands, which prints its help as plain text."""
    return typer.Typer(
        help=text, no_args_is_help=True, rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False
    )


def examples(*lines: str) -> str:
    """What stands under a command's options."""
    return "\n".join(("Examples:", "", "\b", *(f"  mashang {line}" for line in lines)))


def services_named(names: Sequence[str] = ()) -> "tuple[Service, ...]":
    """The services, all when none is named; a name that is none of ours is a wrong word, exit code 2."""
    try:
        return load(*names)
    except LookupError as error:
        raise typer.BadParameter(str(error.args[0]), param_hint="SERVICE") from None

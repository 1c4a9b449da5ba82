"""How commands print tables: fitted to a terminal, whole lines to anything else."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

UNBOUNDED = 10_000
"""Columns enough that no line is ever broken or cut."""


def print_table(table: Table) -> None:
    """Print a table to stdout."""
    console = Console()
    (console if console.is_terminal else Console(width=UNBOUNDED)).print(table)

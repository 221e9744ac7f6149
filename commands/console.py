"""Where tables are printed: a terminal as wide as it is, a file or a pipe wide enough that no column is cut."""

from rich.console import Console

PIPED_COLUMNS = 130


def open_console(piped_columns: int = PIPED_COLUMNS) -> Console:
    """A console on standard output, so wide where that is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=piped_columns)

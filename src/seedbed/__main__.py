"""The `seedbed` command, and `python -m seedbed`.

Worker processes load this module again as their main module, so it imports nothing by itself.
"""


def main() -> None:
    """Run the command line."""
    from seedbed.cli import main as run

    run()


if __name__ == "__main__":
    main()

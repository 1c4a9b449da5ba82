"""How log lines look: key and value, bound to task and trace, never a prompt, key or secret."""

from __future__ import annotations

import logging
import sys

import structlog

from seedbed.settings import Settings


def configure_logging(settings: Settings) -> None:
    """Write log lines to stderr, as text for people or JSON for machines."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    for_machines = settings.log_format == "json"
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso" if for_machines else "%H:%M:%S"),
            structlog.processors.format_exc_info
            if for_machines
            else structlog.processors.StackInfoRenderer(),
            structlog.processors.JSONRenderer()
            if for_machines
            # Plain: the pretty traceback shows local variables, prompts and keys among them.
            else structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        stream=sys.stderr, level=max(level, logging.WARNING), format="%(name)s: %(message)s"
    )

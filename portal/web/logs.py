"""What the web process writes down: one JSON line each, tracebacks without the values of variables."""

import logging

import structlog


def init_logs(level: str) -> None:
    """Set the log up once; a log somebody has set up already is left alone."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,  # never the values of variables: one may be a PIN
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
    )

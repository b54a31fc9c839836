"""The gate as a web service: one email or a batch in, decisions out (the extra ``serve`` installs what it needs)."""

from tenacious_bench.serve.app import create_app
from tenacious_bench.serve.settings import Settings

__all__ = ["Settings", "create_app"]

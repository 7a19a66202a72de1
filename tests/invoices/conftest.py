"""These tests have a tax platform to send their invoices to, and a mail server."""

from tests.invoices.platform import platform, tax_process
from tests.letters import letters, server

__all__ = ["letters", "platform", "server", "tax_process"]

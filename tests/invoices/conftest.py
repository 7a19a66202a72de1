"""These tests have a tax platform to send their invoices to."""

from tests.invoices.platform import platform, tax_process

__all__ = ["platform", "tax_process"]

"""These tests have an operator to send their orders to."""

from tests.operators import console_server, operator, simulator

__all__ = ["console_server", "operator", "simulator"]

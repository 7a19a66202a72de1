"""The operator of the tests, for what is asked for lines."""

from tests.operators import console_server, operator, simulator

__all__ = ["console_server", "operator", "simulator"]

"""SIM cards, numbers and lines."""

"""The enterprise catalogue and what its products cost and contain."""

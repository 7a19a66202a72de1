"""The documents, and what writes those that are drawn from the code."""

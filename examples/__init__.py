"""A made-up company to try the console with; nobody in it exists."""

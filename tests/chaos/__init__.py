"""`make chaos`: whole consoles under random faults, and what must be true of them afterwards."""

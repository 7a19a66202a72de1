"""Work that runs in workers: each job opens a transaction and calls one action."""

"""E-invoices (数电票); the first release keeps their place only."""

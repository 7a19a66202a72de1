"""The engine of uploads: file, table, checks, fixes, confirmation."""

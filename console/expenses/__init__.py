"""The month: usage, charges, statement, allocation and reports."""

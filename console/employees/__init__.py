"""People, departments and cost centres of a company."""

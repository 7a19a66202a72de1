"""All that is asked of the operator, and what the operator tells."""

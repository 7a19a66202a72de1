"""Companies, users, sign-in and second factor."""

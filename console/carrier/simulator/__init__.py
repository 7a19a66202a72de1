"""A pretended operator in a process of its own, with its own database, for rehearsal and acceptance."""

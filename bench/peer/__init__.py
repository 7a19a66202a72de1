"""The peer: django-import-export with the same rules, dry run and confirmation, in a process of its own."""

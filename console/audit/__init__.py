"""Who changed what, when, from where and in which batch."""

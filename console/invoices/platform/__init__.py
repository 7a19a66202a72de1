"""The tax platform as a process of its own, behind the interface that 诺诺 documents; it knows nothing of the console."""

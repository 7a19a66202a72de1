"""The message catalogues: Chinese is the source, English is translated and complete."""

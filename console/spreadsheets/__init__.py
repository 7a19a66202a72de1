"""Reading the tables that people upload, and writing the ones they download."""

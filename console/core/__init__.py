"""What every domain stands on; it knows nothing of telephones, bills or people."""

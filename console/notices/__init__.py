"""Messages to people: in the console and by SMS."""

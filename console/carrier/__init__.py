"""The mobile operator as the console sees it: orders go out, call-backs come in."""

"""Official folder layouts: where things lie, how to read them, how to check them. No torch here."""

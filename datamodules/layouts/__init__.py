"""Official folder layouts: reading and verification. No torch here."""

"""The address book: who is behind a number, kept as records; read from lists, found while somebody types."""

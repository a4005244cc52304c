"""Recordings of talk: whose is kept, how it is taken, sealed, kept and found again."""

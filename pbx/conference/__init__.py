"""Conference rooms: who may come in, who is heard, and who has a say."""

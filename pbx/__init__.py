"""The edge to the telephone world: Asterisk through ARI, trunks, extensions, short messages."""

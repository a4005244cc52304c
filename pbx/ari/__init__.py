"""Asterisk REST Interface: messages, a session without I/O, a transport."""

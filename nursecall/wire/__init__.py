"""Wires of nurse-call hosts: bytes in, frozen events out, no I/O."""

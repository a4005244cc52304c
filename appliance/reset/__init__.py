"""A box that begins anew: without its records, or without anything."""

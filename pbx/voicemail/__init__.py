"""Voicemail: what callers leave for an extension, how its owner hears of it, and listens."""

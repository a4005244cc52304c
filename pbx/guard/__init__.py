"""Keeps out who tries secrets: who fails too often is refused unread for growing times, and it is told."""

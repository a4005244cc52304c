"""Asterisk itself: its files, its configuration made from the plan, its call records."""

"""Calls that carriers bring: whom each is for, decided by rules of the plan, and how it gets there."""

"""Faxes: received as PDF, sent from PDF, by T.38 or as sound; Asterisk is the machine, the plan and this its owner."""

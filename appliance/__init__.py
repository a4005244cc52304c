"""Nightbell: a hospital and hotline appliance. A docstring only, so that `appliance` can be both roof and ground."""

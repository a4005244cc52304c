"""Telephones that set themselves up 自动装机: found, numbered, accepted, and told what they need to know."""

"""What telephones can do besides calling: pick up for others, park, forward, be left in peace."""

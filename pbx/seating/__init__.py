"""Free seating: whose number is at whose telephone."""

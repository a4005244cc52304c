"""The certificate by which browsers know the box: its own, or the hospital's."""

"""The machine itself: its disks, its temperature, what it is fed by."""

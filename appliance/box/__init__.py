"""What only the box from the image does: the file IT edits, first boot, the console, and who watches the daemon."""

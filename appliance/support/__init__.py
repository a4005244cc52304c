"""What is handed to whoever helps with the box: how it is, and nothing of whom it serves."""

"""Reports by e-mail: when each is due, made once, handed to the mail server's queue, and how that went."""

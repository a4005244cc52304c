"""The whole house on real parts, seen from outside: a browser, the command line, the far ends of the wires."""

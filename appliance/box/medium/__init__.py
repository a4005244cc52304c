"""The image as a medium: a program on the console that installs it, restores a backup or asks for a factory reset."""

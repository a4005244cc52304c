"""Who gave a number out and where it is from; who has it now, where it was taken along to another carrier."""

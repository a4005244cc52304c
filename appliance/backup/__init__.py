"""One encrypted file that holds the whole box, made while it runs; and the box made of it again."""

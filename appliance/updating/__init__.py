"""Signed updates of a box that was started from the image: into the other slot, on trial, confirmed or gone back."""

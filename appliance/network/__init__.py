"""The network of a box from the image, changed on trial: confirmed from where it leads, or gone back by itself."""

"""What a layer makes of an image, and which entries of it make each number: a page."""

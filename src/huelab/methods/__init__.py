"""The colorization methods of the book, one file each."""

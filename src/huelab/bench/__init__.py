"""Every speed the book speaks of, measured beside its rivals in one run: `huelab bench`."""

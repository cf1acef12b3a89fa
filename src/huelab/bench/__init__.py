"""Every speed that the book reports, measured next to its rivals in one run: `huelab bench`."""

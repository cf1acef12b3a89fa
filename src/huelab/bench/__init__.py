"""All speeds that the book reports, each measured next to its rivals in one run."""

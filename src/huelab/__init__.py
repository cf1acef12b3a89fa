"""HueLab: five papers on automatic image colorization, taught and reproduced."""

__version__ = "0.1.0"

"""ecgprune: ECG classifiers, pruned in stages, as verified int8 firmware for Cortex-M."""

__version__ = "0.1.0"

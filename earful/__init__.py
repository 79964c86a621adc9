"""Earful hears what customers say about a brand: the ground floor every room stands on, and the front door."""

__version__ = "0.1.0"

"""Rules that end an attempt that goes wrong while nobody looks."""

"""Rules that end an attempt that goes wrong while nobody looks."""

from .repetition import Repetition as Repetition

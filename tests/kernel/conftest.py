"""Gives every test here the kernel."""

from kernel_fixture import kernel

__all__ = ["kernel"]

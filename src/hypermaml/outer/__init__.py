"""Outer updates: how the outer loss changes φ."""

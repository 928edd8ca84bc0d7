"""The health card system KIS."""

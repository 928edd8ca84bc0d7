"""Allocation of a million candidates, beside OR-tools' minimum-cost flow."""

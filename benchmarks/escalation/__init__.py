"""The escalation job over a million open case files."""

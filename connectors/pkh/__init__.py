"""The family programme system PKH."""

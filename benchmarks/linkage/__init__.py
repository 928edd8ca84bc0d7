"""Linkage measured: FEBRL, a made million beside stock Splink, and one record at a time against a database."""

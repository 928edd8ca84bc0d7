"""The way to outside systems: one folder each, behind the Connector Protocol of the domain."""

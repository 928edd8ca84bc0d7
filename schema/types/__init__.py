"""GraphQL types, one family per file."""

"""District systems, all behind one GraphQL contract."""

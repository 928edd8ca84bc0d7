"""GraphQL over a million households: the hub beside the servers that others would have taken."""

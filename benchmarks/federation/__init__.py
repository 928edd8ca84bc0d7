"""The districts as one logical subgraph, measured: routing, gathering, joining, and what gateways make of them."""

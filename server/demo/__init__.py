"""`slrt-hub demo`: the whole job on a simulated world, scored against its truth, then served."""

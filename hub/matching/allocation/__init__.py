"""Who gets the entitlements, once it is known who is eligible and what is left.

problem -> ranking -> serving (feasible) -> placing; fairness says what a policy does to the regencies. Pure: no clock, the
seed is an argument, and the same input gives the same allocation in whatever order it comes.
"""

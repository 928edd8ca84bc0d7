"""The conformance suite: what a district system has to do, asked of it over HTTP as the hub will ask it.

Pure client code: it needs an address and a token, no database and no settings. By default it only reads. Each check has a
stable id, listed in docs/reference/district-checks.md.
"""

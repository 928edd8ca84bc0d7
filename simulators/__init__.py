"""The systems around the hub as seeded HTTP servers, with the truth about every made person.

They share nothing with the hub but the written contracts: `schema/district.graphql` and
`docs/reference/national-systems.md`.
"""

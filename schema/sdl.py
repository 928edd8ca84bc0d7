"""The schema as text: `schema/hub.graphql`, which callers read and which is reviewed with the code."""

from schema.build import build_schema


def print_sdl() -> str:
    """The SDL of the schema as it is now."""
    return build_schema().as_str() + "\n"

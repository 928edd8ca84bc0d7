"""Documents: parsed and validated once, kept by their text."""

from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)

from execution.cache import BoundedCache
from execution.operation import Operation, analyse

Rules = Collection[type[ASTValidationRule]]


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A document with its operations, or with the errors that parsing or validation found."""

    text: str
    ast: DocumentNode | None = None
    errors: tuple[GraphQLError, ...] = ()
    operations: tuple[Operation, ...] = ()
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in hexadecimal: names a document in logs and in allow lists."""
        return sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    def operation(self, name: str | None) -> Operation:
        """The operation to run. GraphQLError (in graphql-core's words) if the name does not say which."""
        if name is None:
            if len(self.operations) > 1:
                raise GraphQLError("Must provide operation name if query contains multiple operations.")
            if not self.operations:
                raise GraphQLError("Must provide an operation.")
            return self.operations[0]
        for operation in self.operations:
            if operation.name == name:
                return operation
        raise GraphQLError(f"Unknown operation named '{name}'.")


class Documents:
    """Parses and validates; a document that is asked for again costs one look-up, valid or not."""

    def __init__(
        self,
        schema: GraphQLSchema,
        cache: BoundedCache[str, Document],
        rules: Rules | None = None,
        max_tokens: int | None = None,
    ) -> None:
        self._schema = schema
        self._cache = cache
        self._rules = specified_rules if rules is None else rules
        self._max_tokens = max_tokens

    def prepare(self, text: str) -> Document:
        """The document of `text`; it never raises, errors are in the document."""
        document = self._cache.get(text)
        if document is None:
            document = self._read(text)
            self._cache.put(text, document, len(text))
        return document

    def _read(self, text: str) -> Document:
        try:
            ast = parse(text, max_lexical_tokens=self._max_tokens)
        except GraphQLError as error:
            return Document(text, errors=(_untraced(error),))
        errors = validate(self._schema, ast, self._rules)
        if errors:
            return Document(text, ast, tuple(_untraced(error) for error in errors))
        fragments = {
            definition.name.value: definition
            for definition in ast.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        operations = tuple(
            analyse(self._schema, definition, fragments)
            for definition in ast.definitions
            if isinstance(definition, OperationDefinitionNode)
        )
        return Document(text, ast, (), operations, fragments)


def _untraced(error: GraphQLError) -> GraphQLError:
    """A cached error must not keep alive the frames in which it was raised."""
    error.__context__ = None
    return error.with_traceback(None)

"""Checks JSON against a schema while it is being written: each field as soon as it has closed.

What a schema says of the fields of an object or the items of a list is checked when each of them closes, and the rest
of what it says of the whole when that closes, so that nothing is looked at twice. Keywords that hang together with
others (`anyOf`, `if`, `patternProperties`, ...) are left for the end of the value they stand at, with all they say of
its inside.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SetupError
from .base import short
from .json_scanner import BrokenSchema

TOGETHER = ("patternProperties", "unevaluatedProperties", "unevaluatedItems", "prefixItems", "$dynamicRef", "$id")
"""Keywords that change what others of the same schema mean: such a schema is left whole."""

INNER = ("properties", "additionalProperties", "items", "$ref", "allOf")
"""What is checked before the value closes."""

LONGEST = 4300
"""Digits: a longer number is one of those that Python itself refuses to read."""


@dataclass(slots=True)
class Frame:
    """A list or an object that is still open, and the schemas that hold for it."""

    value: Any
    schemas: list[Any]
    key: str = ""


class SchemaReader:
    """Follows one text. Raises `BrokenSchema` when a field that has closed breaks the schema."""

    keeps = True

    def __init__(self, schema: Mapping[str, Any], validator: Any) -> None:
        self.schema = schema
        self.validator = validator
        self.frames: list[Frame] = []

    def opened(self, bracket: str) -> None:
        """A list or an object begins; that it is one can be wrong already."""
        schemas = list(self.expanded(self.next_schemas()))
        kind = "array" if bracket == "[" else "object"
        for schema in schemas:
            types = schema.get("type") if isinstance(schema, Mapping) else None
            if types is not None and kind not in ([types] if isinstance(types, str) else types):
                raise BrokenSchema(f"{self.place()} is an {kind} where the schema wants {types}")
        self.frames.append(Frame([] if bracket == "[" else {}, schemas))

    def key(self, literal: str) -> None:
        """The name of a field."""
        frame = self.frames[-1]
        frame.key = json.loads(literal, strict=False)
        for schema in frame.schemas:
            if isinstance(schema, Mapping) and inside(schema) and frame.key not in schema.get("properties", {}):
                if schema.get("additionalProperties", True) is False:
                    raise BrokenSchema(f"{self.place()} is a field that the schema does not have")

    def value(self, literal: str) -> None:
        """A text, a number or a word."""
        value = 0 if len(literal) > LONGEST and literal[0] != '"' else json.loads(literal, strict=False)
        self.check(value, list(self.expanded(self.next_schemas())))
        self.put(value)

    def closed(self) -> None:
        """A list or an object ends: what remains is said of the whole of it."""
        frame = self.frames.pop()
        self.check(frame.value, frame.schemas)
        self.put(frame.value)

    def put(self, value: Any) -> None:
        """Add a closed value to what is still open around it."""
        if self.frames:
            frame = self.frames[-1]
            if isinstance(frame.value, list):
                frame.value.append(value)
            else:
                frame.value[frame.key] = value

    def next_schemas(self) -> Iterator[Any]:
        """The schemas for the value that comes next."""
        if not self.frames:
            yield self.schema
            return
        frame = self.frames[-1]
        for schema in frame.schemas:
            if not isinstance(schema, Mapping) or not inside(schema):
                continue
            if isinstance(frame.value, list):
                most = schema.get("maxItems")
                if isinstance(most, int) and len(frame.value) >= most:
                    raise BrokenSchema(f"{self.place()} is one item more than the schema allows")
                yield schema.get("items", True)
            elif frame.key in schema.get("properties", {}):
                yield schema["properties"][frame.key]
            else:
                yield schema.get("additionalProperties", True)

    def expanded(self, schemas: Iterator[Any], depth: int = 0) -> Iterator[Any]:
        """The schemas, and those that they refer to or consist of."""
        for schema in schemas:
            yield schema
            if isinstance(schema, Mapping) and inside(schema) and depth < 50:
                more = list(schema.get("allOf", ()))
                if isinstance(ref := schema.get("$ref"), str):
                    more.append(pointed(self.schema, ref))
                yield from self.expanded(iter(more), depth + 1)

    def check(self, value: Any, schemas: list[Any]) -> None:
        """Check a closed value against what is left of its schemas. Raises `BrokenSchema`."""
        for schema in schemas:
            if isinstance(schema, Mapping) and inside(schema):
                schema = {word: said for word, said in schema.items() if word not in INNER}
            for error in self.validator.descend(value, schema):
                raise BrokenSchema(f"{self.place()}: {short(error.message, 120)}")

    def place(self) -> str:
        """Where it stands, as a path."""
        steps = [f"[{len(f.value)}]" if isinstance(f.value, list) else f".{f.key}" for f in self.frames]
        return short("$" + "".join(steps), 80)


def inside(schema: Mapping[str, Any]) -> bool:
    """Whether what a schema says of fields and items can be checked one by one."""
    return not any(word in schema for word in TOGETHER) and not isinstance(schema.get("items"), list)


def pointed(schema: Any, ref: str) -> Any:
    """What a reference inside a schema points to. Raises `KeyError`, `IndexError` or `ValueError`."""
    for step in ref.removeprefix("#").split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        schema = schema[int(name)] if isinstance(schema, list) else schema[name]
    return schema


@dataclass(slots=True)
class Found:
    """What the words of a schema are that matter before it is used."""

    refs: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)


def words_of(schema: Any, found: Found) -> Found:
    """All references and patterns of a schema."""
    if isinstance(schema, Mapping):
        for word, said in schema.items():
            if word in ("$ref", "$dynamicRef") and isinstance(said, str):
                found.refs.append(said)
            elif word == "pattern" and isinstance(said, str):
                found.patterns.append(said)
            elif word == "patternProperties" and isinstance(said, Mapping):
                found.patterns.extend(said)
            words_of(said, found)
    elif isinstance(schema, list | tuple):
        for item in schema:
            words_of(item, found)
    return found


def validator_of(schema: Any) -> Any:
    """A validator of a schema that is sound and needs nothing from elsewhere. Raises `SetupError`."""
    try:
        import jsonschema
        import referencing
    except ImportError:
        raise SetupError('JsonPrefix(schema=) needs jsonschema: pip install "nbstream[json]".') from None
    if not isinstance(schema, Mapping):
        raise SetupError(f"The schema of JsonPrefix is a JSON schema as a dict, not {type(schema).__name__}.")
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema)
        json.dumps(schema)
    except (jsonschema.SchemaError, TypeError, ValueError, RecursionError) as error:
        said = getattr(error, "message", error)
        raise SetupError(f"The schema of JsonPrefix is no sound JSON schema: {short(said, 200)}.") from None
    found = words_of(schema, Found())
    for ref in found.refs:
        try:
            if ref != "#" and not ref.startswith("#/"):
                raise KeyError(ref)
            pointed(schema, ref)
        except (KeyError, IndexError, ValueError, TypeError):
            raise SetupError(
                f"The schema of JsonPrefix refers to {ref!r}, which is not in it. Put it under $defs and refer to "
                f"'#/$defs/...': nothing is fetched."
            ) from None
    if found.patterns:
        raise SetupError(
            f"The schema of JsonPrefix has the pattern {found.patterns[0]!r}. Patterns can take time without end on "
            f"some texts, which would hold up the stream: leave them out here, and check them once it has ended."
        )
    return kind(schema, registry=referencing.Registry())

"""What the OpenAPI document says of operations and objects, as rows for the manual's tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seedbed.api.openapi import BY_MODEL, ONLY_FOR, Schema
from seedbed.console.docs.words import Say
from seedbed.contract.errors import ALL_ERRORS
from seedbed.contract.models import MODELS

MOST_VALUES = 10
"""More allowed values than these are told elsewhere: the names of models."""
NEEDS = {"key": "a key", "platform_token": "a platform token", "": "nothing"}
"""What a caller must have, by the scheme of security."""
_REF = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Field:
    """A field, a parameter or a header; texts are Markdown."""

    name: str
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One status that an operation may be answered with."""

    status: str
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one path."""

    method: str
    path: str
    anchor: str
    summary: str
    text: str
    needs: str
    """What a caller must have."""
    parameters: Sequence[Field]
    body: Sequence[Field]
    """What is sent: the fields of an object, or the parts of a form."""
    headers: Sequence[Field]
    """Of a good answer, apart from the trace id that all have."""
    outcomes: Sequence[Outcome]


@dataclass(frozen=True, slots=True)
class Wire:
    """Reads the document aloud, in a language."""

    document: Mapping[str, Any]
    say: Say

    def operations(self) -> list[Operation]:
        """List every operation, in the document's order."""
        return [
            self._operation(method.upper(), path, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        ]

    def objects(self) -> dict[str, list[Field]]:
        """List the fields of every object by its name, those inside others by their path."""
        schemas = self.document["components"]["schemas"]
        return {name: self._rows(schema) for name, schema in schemas.items()}

    def _rows(self, schema: Schema) -> list[Field]:
        return list(self._fields(self._resolved(schema)))

    def _operation(self, method: str, path: str, operation: Schema) -> Operation:
        content = operation.get("requestBody", {}).get("content", {})
        return Operation(
            method=method,
            path=path,
            anchor=re.sub(r"\W+", "-", f"{method} {path}".lower()).strip("-"),
            summary=self.say(operation["summary"]),
            text=self.say(" ".join(operation["description"].split())),
            needs=self.say(NEEDS[next(iter(operation.get("security", [{}])[0]), "")]),
            parameters=[self._parameter(one) for one in operation.get("parameters", [])],
            body=self._body([one["schema"] for one in content.values()]),
            headers=self._headers(_success(operation["responses"])),
            outcomes=[self._outcome(*one) for one in sorted(operation["responses"].items())],
        )

    def _body(self, forms: Sequence[Schema]) -> list[Field]:
        """List what is sent; a field that a body may have in several forms is told once."""
        rows: dict[str, Field] = {}
        for row in (row for form in forms for row in self._rows(form)):
            rows.setdefault(row.name, row)
        return list(rows.values())

    def _parameter(self, parameter: Schema) -> Field:
        schema = parameter["schema"]
        told = self._text(schema | {"description": parameter.get("description", "")})
        return Field(parameter["name"], self.say(parameter["in"]), told)

    def _headers(self, response: Schema) -> list[Field]:
        headers = response.get("headers", {})
        return [
            Field(name, "", self.say(header["description"]))
            for name, header in headers.items()
            if name != "X-Trace-Id"
        ]

    def _outcome(self, status: str, response: Schema) -> Outcome:
        codes = dict.fromkeys(error.code for error in ALL_ERRORS if str(error.status) == status)
        if codes:
            return Outcome(status, ", ".join(f"[`{code}`](/docs/errors#{code})" for code in codes))
        said = self.say(response["description"])
        content = response.get("content", {}).get("application/json", {}).get("schema", {})
        named = [name for one in (content, *content.get("anyOf", [])) if (name := _named(one))]
        links = ", ".join(f"[{name}](#{name})" for name in named)
        return Outcome(status, f"{said} {links}".rstrip())

    def _fields(self, schema: Schema, prefix: str = "") -> Iterator[Field]:
        for name, said in schema.get("properties", {}).items():
            known = self._resolved(said)
            path = f"{prefix}{name}"
            yield Field(path, self._type(said), self._text(known))
            if "properties" in known and _named(said) is None:
                yield from self._fields(known, f"{path}.")
            inside = known.get("items", {})
            if "properties" in inside and _named(inside) is None:
                yield from self._fields(inside, f"{path}[].")

    def _resolved(self, schema: Schema) -> Schema:
        """Follow a reference into the document."""
        if "$ref" not in schema:
            return schema
        found: Any = self.document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return dict(found)

    def _type(self, schema: Schema) -> str:
        named = _named(schema)
        if named is not None:
            return f"[{named}](#{named})"
        schema = self._resolved(schema)
        if "anyOf" in schema:
            kinds = [one["type"] for one in schema["anyOf"]]
        elif "type" in schema:
            kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        else:
            kinds = ["boolean" if isinstance(schema.get("const"), bool) else "string"]
        items = schema.get("items", {})
        shown = [f"{self._type(items)}[]" if kind == "array" else kind for kind in kinds]
        return ", ".join(kind for kind in shown if kind != "null")

    def _text(self, schema: Schema) -> str:
        """Say what a field means, and in what bounds."""
        description, only, having = schema.get("description", "").partition(ONLY_FOR)
        description, each, _ = description.partition(BY_MODEL)
        said = self.say(description) if description else ""
        if each:
            said += self.say(": [by model](/docs/models).")
        return " ".join(filter(None, [said, *self._bounds(schema), only and self._only(having)]))

    def _bounds(self, schema: Schema) -> Iterator[str]:
        values = [value for value in schema.get("enum", []) if value is not None]
        if 0 < len(values) <= MOST_VALUES:
            yield self.say("One of {values}.", values=", ".join(map(_code, values)))
        if "const" in schema:
            yield self.say("Always {value}.", value=_code(schema["const"]))
        least, most = schema.get("minimum"), schema.get("maximum")
        if least is not None and most is not None:
            yield self.say("From {least} to {most}.", least=f"{least:,}", most=f"{most:,}")
        if "maxLength" in schema:
            yield self.say("At most {most} characters.", most=f"{schema['maxLength']:,}")
        if "maxItems" in schema and schema.get("minItems") != schema["maxItems"]:
            yield self.say("At most {most} entries.", most=f"{schema['maxItems']:,}")
        if schema.get("default") not in (None, ""):
            yield self.say("Default: {value}.", value=_code(schema["default"]))

    def _only(self, having: str) -> str:
        names = ", ".join(model.name for model in MODELS if f"`{model.id}`" in having)
        return self.say("Only {models}.", models=names)


def _named(schema: Schema) -> str | None:
    """Name the object that a schema refers to as a whole."""
    name = str(schema.get("$ref", "")).removeprefix(_REF)
    return name if name and "/" not in name else None


def _code(value: object) -> str:
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"


def _success(responses: Mapping[str, Schema]) -> Schema:
    """Give the answer of a request that was done: the first of the 2xx."""
    return next(said for status, said in sorted(responses.items()) if status.startswith("2"))

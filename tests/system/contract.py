"""Checks answers against schemas/openapi.yaml, and remembers which of them were seen.

A small validator of the part of JSON Schema that the document uses; a keyword it does not know is
an error when the document is read, so nothing in it goes unchecked.

Errors:  ContractViolation (an AssertionError) for an answer that is not documented.
Threads: any; what was seen is only added to.
"""

import datetime
import functools
import pathlib
import re

import yaml

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "schemas" / "openapi.yaml"
ANY_PATH = "(any path)"
METHODS = ("get", "put", "post", "patch", "delete")
WORDLESS = {"description", "examples", "example", "default", "title", "x-codes", "$schema", "$id",
            "$comment"}


class ContractViolation(AssertionError):
    """An answer that the document does not have."""


def _is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "integer": _is_integer,
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
}


def _is_date_time(text):
    if not re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$", text):
        return False
    return _parses(datetime.datetime.fromisoformat, re.sub(r"\.\d+", "", text.replace("Z", "")))


def _parses(parse, text):
    try:
        parse(text)
        return True
    except ValueError:
        return False


_FORMATS = {"date-time": _is_date_time, "date": lambda t: _parses(datetime.date.fromisoformat, t)}


class Validator:
    """Compiles schemas of one document into functions (value, place) -> list of what is wrong."""

    def __init__(self, document):
        self.document = document
        self._by_ref = {}

    def resolve(self, node):
        """Follows $ref; other nodes come back as they are."""
        while isinstance(node, dict) and "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def compile(self, schema):
        """One function for the schema; every keyword that stands in it is checked."""
        checks = []
        for word, argument in schema.items():
            if word in WORDLESS:
                continue
            maker = getattr(self, "_" + word.replace("$", ""), None)
            if maker is None:
                raise ValueError(f"{word}: a keyword that the validator does not know")
            checks.append(maker(argument, schema))
        checks = [check for check in checks if check is not None]

        def check_all(value, place):
            return [wrong for check in checks for wrong in check(value, place)]
        return check_all

    def _ref(self, name, _):
        if name not in self._by_ref:
            self._by_ref[name] = None  # a schema may name itself
            self._by_ref[name] = self.compile(self.resolve({"$ref": name}))
        return lambda value, place: self._by_ref[name](value, place)

    def _type(self, names, _):
        names = [names] if isinstance(names, str) else names
        tests = [_TYPES[name] for name in names]

        def check(value, place):
            if any(test(value) for test in tests):
                return ()
            return (f"{place}: {value!r:.80} is not of type {' or '.join(names)}",)
        return check

    def _enum(self, values, _):
        return _plain(lambda v: v in values, f"is none of {values}")

    def _const(self, wanted, _):
        return _plain(lambda v: v == wanted, f"is not {wanted!r}")

    def _pattern(self, pattern, _):
        found = re.compile(pattern).search
        return _plain(lambda v: not isinstance(v, str) or found(v), f"does not match {pattern}")

    def _format(self, name, _):
        test = _FORMATS[name]
        return _plain(lambda v: not isinstance(v, str) or test(v), f"is no {name}")

    def _minLength(self, bound, _):
        return _plain(lambda v: not isinstance(v, str) or len(v) >= bound, "is too short")

    def _maxLength(self, bound, _):
        return _plain(lambda v: not isinstance(v, str) or len(v) <= bound, "is too long")

    def _minimum(self, bound, _):
        return _plain(lambda v: not _TYPES["number"](v) or v >= bound, f"is below {bound}")

    def _maximum(self, bound, _):
        return _plain(lambda v: not _TYPES["number"](v) or v <= bound, f"is above {bound}")

    def _minItems(self, bound, _):
        return _plain(lambda v: not isinstance(v, list) or len(v) >= bound, "has too few items")

    def _maxItems(self, bound, _):
        return _plain(lambda v: not isinstance(v, list) or len(v) <= bound, "has too many items")

    def _uniqueItems(self, _is_asked, _):
        return _plain(lambda v: not isinstance(v, list) or len(set(map(repr, v))) == len(v),
                      "has an item twice")

    def _items(self, schema, _):
        inner = self.compile(schema)

        def check(value, place):
            if not isinstance(value, list):
                return ()
            return [w for i, item in enumerate(value) for w in inner(item, f"{place}[{i}]")]
        return check

    def _required(self, names, _):
        def check(value, place):
            if not isinstance(value, dict):
                return ()
            return [f"{place}: {name} is missing" for name in names if name not in value]
        return check

    def _properties(self, properties, _):
        inner = {name: self.compile(schema) for name, schema in properties.items()}

        def check(value, place):
            if not isinstance(value, dict):
                return ()
            return [w for name, member in value.items() if name in inner
                    for w in inner[name](member, f"{place}.{name}")]
        return check

    def _additionalProperties(self, is_open, schema):
        if is_open is not False:
            raise ValueError("additionalProperties: only false is used")
        known = set(schema.get("properties", {}))

        def check(value, place):
            if not isinstance(value, dict):
                return ()
            return [f"{place}.{name}: is not documented" for name in value if name not in known]
        return check

    def _allOf(self, schemas, _):
        parts = [self.compile(schema) for schema in schemas]
        return lambda value, place: [w for part in parts for w in part(value, place)]

    def _anyOf(self, schemas, _):
        parts = [self.compile(schema) for schema in schemas]

        def check(value, place):
            if any(not part(value, place) for part in parts):
                return ()
            return (f"{place}: is of none of {len(parts)} forms",)
        return check

    def _oneOf(self, schemas, _):
        parts = [self.compile(schema) for schema in schemas]

        def check(value, place):
            count = sum(not part(value, place) for part in parts)
            return () if count == 1 else (f"{place}: is of {count} of {len(parts)} forms, not 1",)
        return check


def _plain(is_right, words):
    def check(value, place):
        return () if is_right(value) else (f"{place}: {value!r:.80} {words}",)
    return check


class Response:
    """What the document says of one status of one operation."""

    def __init__(self, validator, node):
        node = validator.resolve(node)
        self.codes = node.get("x-codes", [])
        self.headers = {}
        for name, header in node.get("headers", {}).items():
            header = validator.resolve(header)
            check = validator.compile(header["schema"])
            self.headers[name.lower()] = (header.get("required", False), check)
        self.content = {kind: validator.compile(media["schema"])
                        for kind, media in node.get("content", {}).items()}

    def faults(self, answer, is_head):
        """What is wrong with the answer, in words."""
        wrong = []
        for name, (is_required, check) in self.headers.items():
            value = answer.headers.get(name)
            if value is not None:
                wrong += check(value, f"header {name}")
            elif is_required:
                wrong.append(f"header {name}: is missing")
        if is_head:
            return wrong + (["HEAD: has a body"] if answer.body else [])
        if not self.content:
            return wrong + ([f"body: {answer.body[:80]!r}, not documented"] if answer.body else [])
        if answer.media_type not in self.content:
            return wrong + [f"media type: {answer.media_type!r} is none of {list(self.content)}"]
        if answer.media_type.endswith("json"):
            wrong += self.content[answer.media_type](answer.json, "body")
        return wrong


class Contract:
    """The document, ready to judge answers; `seen` holds (operation, status, code)."""

    def __init__(self, document):
        self.document = document
        self.validator = Validator(document)
        self.seen = set()
        self.violations = []
        self.operations = {}  # id -> {status: Response}
        self.requests = {}    # id -> (method, path template, operation)
        self._tree = {}
        for path, item in document["paths"].items():
            place = self._tree
            for part in path.strip("/").split("/"):
                place = place.setdefault("*" if part.startswith("{") else part, {})
            for method in METHODS:
                if method in item:
                    self._add(method, path, item[method], place)
        any_path = {k: v for k, v in document["x-any-path"].items() if k.isdigit()}
        self.operations[ANY_PATH] = self._responses(any_path)

    def _add(self, method, path, operation, place):
        name = operation["operationId"]
        if name in self.operations:
            raise ValueError(f"operationId {name} stands twice")
        self.operations[name] = self._responses(operation["responses"])
        self.requests[name] = (method.upper(), path, operation)
        place.setdefault("", {})[method.upper()] = name

    def _responses(self, nodes):
        return {int(status): Response(self.validator, node) for status, node in nodes.items()}

    @classmethod
    @functools.lru_cache(maxsize=None)
    def shared(cls):
        """The one of schemas/openapi.yaml, read once."""
        return cls(load_yaml(DOCUMENT))

    def operation_of(self, method, path):
        """The operation's id; None for a path or method that has none."""
        parts = path.split("?")[0].removeprefix("/").split("/")
        found = self._walk(self._tree, parts)
        return found.get("GET" if method == "HEAD" else method) if found else None

    def _walk(self, place, parts):
        if not parts:
            return place.get("")
        for step in (parts[0], "*"):
            if step in place and parts[0]:
                found = self._walk(place[step], parts[1:])
                if found:
                    return found
        return None

    def see(self, answer, sent=None):
        """Checks one answer and remembers it; raises ContractViolation."""
        if answer.method == "OPTIONS":
            return
        name = self.operation_of(answer.method, answer.target) or ANY_PATH
        response = self.operations[name].get(answer.status)
        if response is None:
            self._complain(answer, sent, name, ["this status is not documented"])
        wrong = response.faults(answer, answer.method == "HEAD")
        if wrong:
            self._complain(answer, sent, name, wrong)
        if answer.method != "HEAD":
            self.seen.add((name, answer.status, answer.code))

    def _complain(self, answer, sent, name, wrong):
        text = f"{name}: {'; '.join(wrong)}\n  {answer}\n  headers {answer.headers}\n  sent {sent}"
        self.violations.append(text)
        raise ContractViolation(text)

    def documented(self):
        """Every (operation, status, code) that the document has; no code: an empty text."""
        return {(name, status, code)
                for name, responses in self.operations.items()
                for status, response in responses.items()
                for code in (response.codes or [""])}


def load_yaml(path):
    """Reads YAML with the C parser where PyYAML has it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)

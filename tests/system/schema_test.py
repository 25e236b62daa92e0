"""The contracts agree with themselves: schemas/openapi.yaml and schemas/sync.schema.json.

Needs no service."""

import json
import pathlib
import re
import unittest

from contract import ANY_PATH, DOCUMENT, Contract, Validator, load_yaml

SYNC = DOCUMENT.parent / "sync.schema.json"
ALWAYS = {413, 414, 431}


class Schemas(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.document = load_yaml(DOCUMENT)
        cls.contract = Contract(cls.document)
        cls.validator = cls.contract.validator
        cls.components = cls.document["components"]

    def test_every_example_is_valid_against_its_own_schema(self):
        count = 0
        for place, schema in schemas_in(self.document, "#"):
            check = self.validator.compile(schema)
            for example in schema.get("examples", []):
                self.assertEqual([], list(check(example, place)))
                count += 1
        for name, parameter in self.components["parameters"].items():
            if "example" in parameter:
                check = self.validator.compile(parameter["schema"])
                self.assertEqual([], list(check(parameter["example"], name)))
        self.assertGreater(count, 50)

    def test_every_schema_has_an_example_and_every_document_is_closed(self):
        for name, schema in self.components["schemas"].items():
            with self.subTest(name):
                says_itself = schema.get("type") == "number" or "enum" in schema
                self.assertTrue(says_itself or schema.get("examples"), "no example")
                if schema.get("type") == "object" and name != "Jwks":
                    self.assertIs(schema.get("additionalProperties"), False)
                    self.assertLessEqual(set(schema.get("required", [])),
                                         set(schema.get("properties", {})))

    def test_every_code_stands_under_one_status_and_in_the_problem(self):
        known = set(self.components["schemas"]["Problem"]["properties"]["code"]["enum"])
        statuses = {}
        for _, status, code in self.contract.documented():
            if code:
                statuses.setdefault(code, set()).add(status)
        self.assertEqual(known, set(statuses))
        self.assertEqual([], [code for code, at in statuses.items() if len(at) > 1])

    def test_the_codes_beside_a_response_are_those_of_its_schema(self):
        for name, (_, _, operation) in self.contract.requests.items():
            for status, response in operation["responses"].items():
                response = self.validator.resolve(response)
                with self.subTest(f"{name} {status}"):
                    media = response.get("content", {}).get("application/problem+json")
                    self.assertEqual(media is not None, int(status) >= 400)
                    if media is None:
                        continue
                    narrowed = media["schema"]["allOf"][1]["properties"]
                    self.assertEqual(response["x-codes"], narrowed["code"]["enum"])
                    self.assertEqual(int(status), narrowed["status"]["const"])

    def test_every_operation_has_its_common_answers(self):
        for name, (method, path, operation) in self.contract.requests.items():
            statuses = set(self.contract.operations[name])
            is_probe = "v1" not in path
            wanted = set(ALWAYS)
            if operation["security"]:
                wanted |= {401, 403}
            if "requestBody" in operation:
                wanted |= {415}
            if method != "GET":
                wanted |= {202, 422}
            if not is_probe:
                wanted |= {400, 503}
            with self.subTest(name):
                self.assertEqual(set(), wanted - statuses)

    def test_every_parameter_of_a_path_is_declared(self):
        for name, (_, path, operation) in self.contract.requests.items():
            declared = [self.validator.resolve(p) for p in operation.get("parameters", [])]
            with self.subTest(name):
                in_path = [p["name"] for p in declared if p["in"] == "path"]
                self.assertEqual(re.findall(r"{(\w+)}", path), in_path)

    def test_paths_that_are_none_have_their_answers(self):
        self.assertEqual({400, 404, 405, 414, 431}, set(self.contract.operations[ANY_PATH]))

    def test_sync_is_the_appointment_of_the_api(self):
        sync = json.loads(SYNC.read_text(encoding="utf-8"))
        shown = self.components["schemas"]["Appointment"]
        self.assertEqual(set(shown["properties"]), set(sync["properties"]))
        self.assertEqual(set(shown["required"]), set(sync["required"]))
        api, row = self.validator.compile(shown), Validator(sync).compile(plain(sync))
        for example in sync["examples"] + shown["examples"]:
            self.assertEqual([], list(row(example, "row")) + list(api(example, "appointment")))

    def test_the_document_has_no_anchors(self):
        lines = pathlib.Path(DOCUMENT).read_text(encoding="utf-8").splitlines()
        self.assertEqual([], [at for at in lines if re.search(r"(^|\s)[&*]\w+\s*$", at)])


def plain(schema):
    """The schema without what only names it."""
    return {word: value for word, value in schema.items() if word != "$schema"}


def schemas_in(node, place):
    """Every (place, schema) that carries examples, wherever it stands."""
    if isinstance(node, list):
        for at, item in enumerate(node):
            yield from schemas_in(item, f"{place}/{at}")
    elif isinstance(node, dict):
        if isinstance(node.get("examples"), list):
            yield place, node
        for name, member in node.items():
            if name not in ("examples", "example"):
                yield from schemas_in(member, f"{place}/{name}")


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""Writes schemas/openapi.yaml as a C++ source that holds it as JSON: openapi_json.py IN.yaml OUT.cc"""

import json
import sys

import yaml


class Loader(yaml.SafeLoader):
    """YAML as JSON has it: a date stays the text that was written."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def main() -> None:
    source, target = sys.argv[1:3]
    with open(source, encoding="utf-8") as file:
        document = yaml.load(file, Loader=Loader)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # String literals have a longest length that compilers must take: the text goes in by pieces.
    pieces = [text[at : at + 8000] for at in range(0, len(text), 8000)]
    with open(target, "w", encoding="utf-8") as file:
        file.write('#include "ops/jari/openapi.h"\n\nnamespace jari::ops {\n\n')
        file.write("std::string openapi_json() {\n  std::string text;\n")
        for piece in pieces:
            file.write(f'  text += R"json~({piece})json~";\n')
        file.write("  return text;\n}\n\n}  // namespace jari::ops\n")


if __name__ == "__main__":
    main()

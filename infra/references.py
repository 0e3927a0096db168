"""What the other checkers of this folder do not see: names that nothing declares, and declarations that nobody uses.

Bicep: every name within a file, what a module is given against what it takes, and which outputs of it are asked for.
SAM: every reference to a parameter, a resource or a condition, wherever it stands.
"""

import re
import sys
from pathlib import Path

import yaml

HERE = Path(__file__).parent
problems = []

# Bicep ------------------------------------------------------------------------------------------------------------------

KEYWORDS = {"param", "var", "resource", "module", "output", "targetScope", "using", "existing", "for", "in", "if",
            "true", "false", "null", "string", "int", "bool", "object", "array"}
FUNCTIONS = {"concat", "description", "allowed", "minLength", "maxLength", "minValue", "maxValue", "empty", "guid",
             "replace", "resourceGroup", "secure", "subscription", "subscriptionResourceId", "take", "toLower",
             "uniqueString"}
TOKEN = re.compile(r"(?P<comment>//[^\n]*)|(?P<text>'(?:[^'\\$]|\\.|\$(?!\{)|\$\{(?:[^{}']|'[^']*')*\})*')"
                   r"|(?P<name>[A-Za-z_]\w*)|(?P<number>\d+)|(?P<space>[ \t\r]+)|(?P<mark>=>|==|!=|>=|<=|[\n{}()\[\].,:?@=<>!+*/%-])")


def tokens(text, path):
    """The names and marks of a file; a text contributes what it interpolates."""
    at, found = 0, []
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            problems.append(f"{path}: cannot be read from {text[at:at + 20]!r} on")
            return found
        at = match.end()
        kind, value = match.lastgroup, match.group()
        if kind == "text":
            found.append(("text", value[1:-1]))
            for inner in re.findall(r"\$\{((?:[^{}']|'[^']*')*)\}", value):
                found += [("mark", "("), *tokens(inner, path), ("mark", ")")]
        elif kind in ("name", "number", "mark"):
            found.append((kind, value))
    return found


class Bicep:
    """What one file declares and uses."""

    def __init__(self, path):
        self.path = path
        self.params, self.outputs, self.symbols, self.modules = {}, set(), set(), {}
        self.used = set()
        found = tokens(path.read_text(), path)
        self.declare(found)
        self.use(found)

    def declare(self, found):
        for i, (kind, value) in enumerate(found):
            starts = kind == "name" and (i == 0 or found[i - 1][1] in ("\n", "{"))
            if starts and value in ("param", "var", "resource", "module", "output") and found[i + 1][0] == "name":
                name = found[i + 1][1]
                if value == "output":
                    self.outputs.add(name)
                    continue
                if name in self.symbols:
                    problems.append(f"{self.path}: {name} is declared twice")
                self.symbols.add(name)
                if value == "param":
                    line = [token[1] for token in found[i:found.index(("mark", "\n"), i)]]
                    self.params[name] = "=" in line
                if value == "module":
                    self.modules[name] = (found[i + 2][1], keys(found, i, "params"))
            if kind == "name" and value == "for":
                self.symbols.add(found[i + 1][1])

    def use(self, found):
        significant = [token for token in found if token[0] != "number"]
        for i, (kind, value) in enumerate(significant):
            before = significant[i - 1][1] if i else "\n"
            after = significant[i + 1][1] if i + 1 < len(significant) else "\n"
            declares = before in ("param", "var", "resource", "module", "output", "for")
            if kind != "name" or before == "." or declares or value in KEYWORDS:
                continue
            # The name of a property: first on its line, and a colon after it.
            if after == ":" and before in ("\n", "{"):
                continue
            if after == "(":
                if value not in FUNCTIONS:
                    problems.append(f"{self.path}: {value} is no function that is known here")
            elif value not in self.symbols:
                problems.append(f"{self.path}: {value} is declared nowhere")
            else:
                self.used.add(value)
                rest = [token[1] for token in significant[i + 1:i + 5]]
                if rest[:3] == [".", "outputs", "."]:
                    self.used.add(("output", value, rest[3]))


def keys(found, start, name):
    """The properties of the object under `name` in the block that begins after `start`."""
    depth, inside, names = 0, None, set()
    for i in range(start, len(found)):
        value = found[i][1] if found[i][0] == "mark" else None
        if value in ("{", "["):
            depth += 1
            if found[i - 1][1] == ":" and found[i - 2][1] == name:
                inside = depth
        elif value in ("}", "]"):
            if depth == inside:
                return names
            depth -= 1
            if depth == 0:
                return names
        elif depth == inside and found[i][0] == "name" and found[i + 1][1] == ":" and found[i - 1][1] == "\n":
            names.add(found[i][1])
    return names


files = {path: Bicep(path) for path in sorted((HERE / "azure").rglob("*.bicep*"))}
reached = set()
for path, file in files.items():
    if path.suffix == ".bicepparam":
        used = re.search(r"^using '(.*)'", path.read_text(), re.M)
        target = files.get((path.parent / used.group(1)).resolve())
        for name in file.params:
            if target is None or name not in target.params:
                problems.append(f"{path}: {name} is no parameter of {used.group(1)}")
        for name, optional in target.params.items() if target else ():
            if not optional and name not in file.params:
                problems.append(f"{path}: {name} is missing")
        continue
    for name in file.params:
        if name not in file.used:
            problems.append(f"{path}: nobody uses the parameter {name}")
    for name, (to, given) in file.modules.items():
        target = files.get((path.parent / to).resolve())
        if target is None:
            problems.append(f"{path}: module {name} is {to}, which is not there")
            continue
        reached.add(target.path)
        for one in given - set(target.params):
            problems.append(f"{path}: module {name} takes no {one}")
        for one in {one for one, optional in target.params.items() if not optional} - given:
            problems.append(f"{path}: module {name} is not given {one}")
        asked = {use[2] for use in file.used if isinstance(use, tuple) and use[1] == name}
        for one in asked - target.outputs:
            problems.append(f"{path}: module {name} has no output {one}")
        for one in target.outputs - asked:
            problems.append(f"{path}: nobody uses the output {one} of {to}")
for path in files:
    if path.parent.name == "modules" and path not in reached:
        problems.append(f"{path}: nobody uses it")

# SAM --------------------------------------------------------------------------------------------------------------------


class Loader(yaml.SafeLoader):
    pass


def tagged(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {"Ref" if tag == "Ref" else "Condition" if tag == "Condition" else f"Fn::{tag}": value}


Loader.add_multi_constructor("!", tagged)


def references(value):
    """All (kind, name) in a piece of the template."""
    if isinstance(value, list):
        for one in value:
            yield from references(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key == "Ref":
                yield "thing", one
            elif key == "Fn::GetAtt":
                yield "resource", one[0] if isinstance(one, list) else one.split(".")[0]
            elif key == "Fn::Sub":
                text, own = (one, {}) if isinstance(one, str) else one
                for name in re.findall(r"\$\{([^!}]+)\}", text):
                    if name not in own:
                        yield ("resource" if "." in name else "thing"), name.split(".")[0]
                yield from references(own)
            elif key == "Fn::If":
                yield "condition", one[0]
                yield from references(one[1:])
            elif key == "Condition" and isinstance(one, str):
                yield "condition", one
            elif key == "DependsOn":
                yield from (("resource", name) for name in ([one] if isinstance(one, str) else one))
            else:
                yield from references(one)


for path in sorted((HERE / "aws").glob("*.yaml")):
    template = yaml.load(path.read_text(), Loader)
    parameters, resources = set(template.get("Parameters", {})), set(template["Resources"])
    conditions = set(template.get("Conditions", {}))
    known = {"thing": parameters | resources, "resource": resources, "condition": conditions}
    used = set()
    for part in ("Conditions", "Resources", "Outputs"):
        for kind, name in references(template.get(part, {})):
            used.add(name)
            if name not in known[kind] and not (kind == "thing" and name.startswith("AWS::")):
                problems.append(f"{path}: there is no {kind} {name}")
    for name in (parameters | conditions) - used:
        problems.append(f"{path}: nobody uses {name}")

for problem in problems:
    print(problem, file=sys.stderr)
print(f"references: {len(files)} Bicep files and the SAM template, {len(problems)} problems")
sys.exit(bool(problems))

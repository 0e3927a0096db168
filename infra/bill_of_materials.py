"""Says what a built program is made of: `gatehouse.cdx.json`, a CycloneDX 1.5 bill of materials, and `LICENSES.md`, the
licence of each part with its text.

What counts is what is in the program: the crates that cargo links for the target with the features that this program
asks for (`cargo tree`), without build scripts, procedural macros and what only tests use, and beside them the standard
library and what the linker adds. `cargo metadata` tells the rest of each crate.

It is a script of ours because the tools for it are compiled for minutes before they answer (cargo-cyclonedx, cargo-about),
list what is only used to build, or know nothing of the linker's part; and it is no command of the program because nothing
but a release needs it. Licence expressions are read, and the document is checked, by CycloneDX's own library, which
infra/build installs.

It fails, and writes nothing, where a part has a licence that is not in ALLOWED, or none.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import uuid
from datetime import datetime, timezone
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from license_expression import get_spdx_licensing

PACKAGE = "gatehouse"
# Licences under which parts may be handed on inside a program with nothing but their text beside it. One of each choice
# that a part offers must be here, and all of what it demands together.
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
}
LICENSING = get_spdx_licensing()
IS_LICENCE_FILE = re.compile(r"(un)?licen[sc]e|copying|copyright|notice", re.IGNORECASE)


class Refused(Exception):
    """What cannot be released, in words."""


def cargo(*arguments):
    run = subprocess.run([os.environ.get("CARGO", "cargo"), *arguments], check=True, capture_output=True, text=True)
    return run.stdout


def normalised(expression):
    """An SPDX expression out of what a manifest says; before there were expressions, a slash stood for OR."""
    return re.sub(r"\s*/\s*", " OR ", expression)


def is_allowed(expression):
    """Whether a part under this SPDX expression may be handed on. An expression that cannot be read may not."""
    try:
        parsed = LICENSING.parse(normalised(expression), validate=True, strict=True)
    except Exception:
        return False
    if parsed is None:
        return False
    values = {symbol: LICENSING.TRUE if str(symbol) in ALLOWED else LICENSING.FALSE for symbol in parsed.symbols}
    return parsed.subs(values).simplify() == LICENSING.TRUE


def linked(target):
    """Names and versions of the crates in the program. The same name and version out of two places would be told apart
    nowhere, so it is refused."""
    lines = cargo(
        *("tree", "--locked", "--package", PACKAGE, "--target", target),
        *("--edges", "normal,no-proc-macro", "--prefix", "none", "--no-dedupe", "--format", "{p}"),
    ).splitlines()
    crates = {}
    for line in filter(None, lines):
        name, version, *place = line.split(" ", 2)
        known = crates.setdefault((name, version.removeprefix("v")), place)
        if known != place:
            raise Refused(f"{name} {version} comes from two places: {known} and {place}")
    return set(crates)


def crate_parts(target):
    """The crates in the program, and by reference which uses which."""
    metadata = json.loads(cargo("metadata", "--format-version", "1", "--locked", "--filter-platform", target))
    lock = tomllib.loads(Path(metadata["workspace_root"], "Cargo.lock").read_text(encoding="utf-8"))
    checksums = {(part["name"], part["version"]): part.get("checksum") for part in lock["package"]}
    wanted = linked(target)
    parts, references = [], {}
    for crate in metadata["packages"]:
        key = (crate["name"], crate["version"])
        if key not in wanted:
            continue
        wanted.remove(key)
        is_ours = crate["source"] is None
        # Names of ours may be somebody else's on crates.io, so they have no address there.
        reference = f"{'ours' if is_ours else 'pkg:cargo'}/{crate['name']}@{crate['version']}"
        references[crate["id"]] = reference
        if crate["name"] == PACKAGE:
            continue
        parts.append(
            {
                "reference": reference,
                "name": crate["name"],
                "version": crate["version"],
                "purl": None if is_ours else reference,
                "checksum": checksums[key],
                "license": normalised(crate["license"] or ""),
                "description": " ".join((crate["description"] or "").split()),
                "repository": crate["repository"],
                "folder": None if is_ours else Path(crate["manifest_path"]).parent,
            }
        )
    if wanted:
        raise Refused(f"cargo tree tells of crates of which cargo metadata does not: {sorted(wanted)}")
    uses = {}
    for node in metadata["resolve"]["nodes"]:
        if node["id"] in references:
            normal = [edge["pkg"] for edge in node["deps"] if any(kind["kind"] is None for kind in edge["dep_kinds"])]
            uses[references[node["id"]]] = sorted({references[id] for id in normal if id in references})
    return parts, uses


def toolchain_parts(linker):
    """What is in the program and in no manifest: parts of Rust itself, and of the linker that is named."""
    rust = re.search(r"^release: (\S+)$", subprocess.check_output(["rustc", "-vV"], text=True), re.MULTILINE)[1]
    name, _, version = linker.partition("==")
    return [
        {
            "reference": f"rust/std@{rust}",
            "name": "std",
            "version": rust,
            "license": "MIT OR Apache-2.0",
            "description": "The standard library of Rust.",
            "repository": "https://github.com/rust-lang/rust",
        },
        {
            "reference": f"pkg:pypi/{name}@{version}",
            "purl": f"pkg:pypi/{name}@{version}",
            "name": name,
            "version": version,
            "license": "MIT AND Apache-2.0 WITH LLVM-exception",
            "description": "What the linker adds: compiler-rt and libunwind.",
            "repository": "https://ziglang.org",
        },
    ]


def judge(parts):
    """Raises what may not be handed on."""
    wrong = [f"{part['name']} {part['version']}: {part['license'] or 'no licence'}" for part in parts if not is_allowed(part["license"])]
    if wrong:
        raise Refused("licences that infra/bill_of_materials.py does not allow:\n  " + "\n  ".join(wrong))


def component(part):
    found = {
        "type": "library",
        "bom-ref": part["reference"],
        "name": part["name"],
        "version": part["version"],
        "description": part["description"],
        "licenses": [{"expression": part["license"]}],
        "purl": part.get("purl"),
    }
    if part.get("checksum"):
        found["hashes"] = [{"alg": "SHA-256", "content": part["checksum"]}]
    if part.get("repository"):
        found["externalReferences"] = [{"type": "vcs", "url": part["repository"]}]
    return {key: value for key, value in found.items() if value}


def document(parts, uses, program, version, epoch):
    """The bill of materials. Its time is the sources', and its number a digest of the program: it is the same for all who
    build the same."""
    digest = hashlib.sha256(program).hexdigest()
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifecycles": [{"phase": "build"}],
            "component": {
                "type": "application",
                "bom-ref": f"ours/{PACKAGE}@{version}",
                "name": PACKAGE,
                "version": version,
                "hashes": [{"alg": "SHA-256", "content": digest}],
                "licenses": [{"expression": "MIT OR Apache-2.0"}],
            },
        },
        "components": [component(part) for part in parts],
        "dependencies": [{"ref": reference, "dependsOn": used} for reference, used in sorted(uses.items())],
    }


def check(text):
    """Raises what CycloneDX's schema has against it."""
    error = JsonStrictValidator(SchemaVersion.V1_5).validate_str(text)
    if error:
        raise Refused(f"the bill of materials is not CycloneDX 1.5: {error}")


def licences(parts):
    """The licence of each part, and each text that a part brings, once."""
    lines = [f"# What is in {PACKAGE}, and under which licences", "", "| part | version | licence |", "| --- | --- | --- |"]
    texts = {}
    for part in parts:
        link = f"[{part['name']}]({part['repository']})" if part.get("repository") else part["name"]
        lines.append(f"| {link} | {part['version']} | {part['license']} |")
        folder = part.get("folder")
        for file in sorted(folder.iterdir()) if folder else []:
            if file.is_file() and IS_LICENCE_FILE.match(file.name):
                text = file.read_text(encoding="utf-8", errors="replace").strip("\n")
                texts.setdefault(" ".join(text.split()), (text, []))[1].append(f"{part['name']} {part['version']}")
    lines += ["", "## Their texts", "", "As the parts bring them. Who brings none is under the licence that the table names."]
    for text, names in texts.values():
        lines += ["", f"### {', '.join(dict.fromkeys(names))}", "", "~~~~~~text", *(line.rstrip() for line in text.splitlines()), "~~~~~~"]
    return "\n".join(lines) + "\n"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    arguments.add_argument("--program", type=Path, required=True, help="the program that was built")
    arguments.add_argument("--target", required=True, help="what it was built for, as rustc names it")
    arguments.add_argument("--linker", required=True, help="what linked it, as name==version")
    arguments.add_argument("--out", type=Path, required=True, help="a folder")
    asked = arguments.parse_args()
    try:
        parts, uses = crate_parts(asked.target)
        parts = sorted(parts + toolchain_parts(asked.linker), key=lambda part: (part["name"], part["version"]))
        judge(parts)
        ours = next(reference for reference in uses if reference.startswith(f"ours/{PACKAGE}@"))
        epoch = int(os.environ["SOURCE_DATE_EPOCH"])
        bill = document(parts, uses, asked.program.read_bytes(), ours.rpartition("@")[2], epoch)
        text = json.dumps(bill, indent=2, ensure_ascii=False) + "\n"
        check(text)
    except Refused as refused:
        sys.exit(f"error: {refused}")
    (asked.out / f"{PACKAGE}.cdx.json").write_text(text, encoding="utf-8")
    (asked.out / "LICENSES.md").write_text(licences(parts), encoding="utf-8")


if __name__ == "__main__":
    main()

"""`python -m clients [LANGUAGE…]`: generate clients, compile or check them, and run two of them.

What a machine lacks is skipped, and said. Anything else that goes wrong fails.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from batchcompute.server import LocalServer
from clients.languages import LANGUAGES, Language

_ROOT = Path(__file__).resolve().parent.parent
_SPEC = _ROOT / "spec" / "openapi.yaml"
_VECTORS = _ROOT / "spec" / "examples" / "signature-vectors.json"
_EXAMPLES = _ROOT / "examples"
_WORK = _ROOT / "build" / "clients"
_JAKARTA = Path("/usr/share/java/jakarta-annotation-api.jar")
_GO_PATH = Path("/usr/share/gocode")
_SECONDS = 300


class ClientError(Exception):
    """A client cannot be generated, compiled or run."""


class SkipError(Exception):
    """This machine lacks something."""


@dataclass(frozen=True)
class Row:
    """How far a language came: a row of the table in spec/README.md."""

    language: str
    generated: str
    compiled: str
    ran: str = "—"

    def __str__(self) -> str:
        """Give a row of a table in Markdown."""
        return f"| {self.language} | {self.generated} | {self.compiled} | {self.ran} |"


def typescript() -> Row:
    """Generate, compile in strict mode, pass the vectors, run the example."""
    npm = _need("npm", "Node.js 20 or newer")
    folder = _EXAMPLES / "typescript"
    _run([npm, "ci", "--no-audit", "--no-fund", "--silent"], folder)
    for script in ("generate", "build", "test"):
        _run([npm, "run", "--silent", script], folder)
    _example([_need("node", "Node.js"), "dist/src/quickstart.js"], folder)
    tool = _packages(folder, "openapi-typescript", "openapi-fetch")
    compiler = _packages(folder, "typescript")
    return Row("TypeScript", tool, f"{compiler}, strict", f"Node {_version('node', '--version')}")


def java(language: Language) -> Row:
    """Generate, compile with every warning an error, pass the vectors, run the example."""
    generated = _generate(language)
    javac = _need("javac", "a JDK")
    if not _JAKARTA.exists():
        raise SkipError(f"{_JAKARTA} (Debian: libjakarta-annotation-api-java)")
    # Debian has Jackson but not its module for times; the generator carries both.
    jars = f"{_jar()}{os.pathsep}{_JAKARTA}"
    classes = _WORK / "java-classes"
    shutil.rmtree(classes, ignore_errors=True)
    sources = _sources(_WORK / "java" / "src" / "main", language.suffix)
    _run([javac, "-nowarn", "-d", str(classes), "-cp", jars, *sources], _WORK)
    path = f"{classes}{os.pathsep}{jars}"
    strict = ["-Xlint:all,-processing,-classfile", "-Werror"]
    programs = _sources(_EXAMPLES / "java", language.suffix)
    _run([javac, *strict, "-d", str(classes), "-cp", path, *programs], _WORK)
    program = _need("java", "a Java runtime")
    _run([program, "-cp", path, "SignatureVectors", _VECTORS], _WORK)
    _example([program, "-cp", path, "Quickstart"], _WORK)
    version = _version("javac", "--version")
    return Row(language.name, generated, f"javac {version}", f"Java {version}")


def go(language: Language) -> Row:
    """Generate and check the types."""
    generated = _generate(language)
    program = _need("go", "golang-go")
    if not (_GO_PATH / "src" / "gopkg.in" / "validator.v2").exists():
        raise SkipError("golang-gopkg-validator.v2-dev")
    package = _WORK / "gopath" / "src" / "batchcompute"
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir(parents=True)
    for source in (_WORK / "go").glob("*.go"):
        shutil.copy(source, package)
    # Without modules: those would be fetched.
    path = f"{_WORK / 'gopath'}{os.pathsep}{_GO_PATH}"
    _run([program, "vet", "."], package, {"GO111MODULE": "off", "GOPATH": path})
    return Row(language.name, generated, f"go vet {_version('go', 'version')}")


def rust(language: Language) -> Row:
    """Generate and parse; the crates that it needs are not looked for."""
    generated = _generate(language)
    program = _need("rustfmt", "rustfmt")
    library = _WORK / "rust" / "src" / "lib.rs"
    _run([program, "--quiet", "--edition", "2021", library], _WORK)
    return Row(language.name, generated, f"syntax: rustfmt {_version('rustfmt', '--version')}")


def php(language: Language) -> Row:
    """Generate and parse."""
    generated = _generate(language)
    program = _need("php", "php-cli")
    for source in _sources(_WORK / "php" / "lib", language.suffix):
        _run([program, "-l", source], _WORK)
    return Row(language.name, generated, f"syntax: php -l {_version('php', '--version')}")


def ruby(language: Language) -> Row:
    """Generate and parse."""
    generated = _generate(language)
    program = _need("ruby", "ruby")
    _run([program, "-c", *_sources(_WORK / "ruby" / "lib", language.suffix)], _WORK)
    return Row(language.name, generated, f"syntax: ruby -c {_version('ruby', '--version')}")


def grammar(language: Language, module: str) -> Row:
    """Generate and parse with a grammar: Debian's compilers are older than the code."""
    generated = _generate(language)
    if find_spec("tree_sitter") is None or find_spec(module) is None:
        raise SkipError(f"the Python packages tree-sitter and {module.replace('_', '-')}")
    check = (
        "import sys, importlib, tree_sitter as t\n"
        "p = t.Parser(t.Language(importlib.import_module(sys.argv[1]).language()))\n"
        "bad = [f for f in sys.argv[2:] if p.parse(open(f, 'rb').read()).root_node.has_error]\n"
        "sys.exit('\\n'.join(bad) or 0)\n"
    )
    # Parts that only exist in tests of the generator are of no use to anybody.
    sources = _sources(_WORK / language.generator / "src", language.suffix)
    sources = [source for source in sources if "Test" not in source]
    _run([sys.executable, "-c", check, module, *sources], _WORK)
    return Row(language.name, generated, f"syntax: {module.replace('_', '-')}")


def _generate(language: Language) -> str:
    """Run openapi-generator; a warning that is not expected is an error."""
    _need("java", "a Java runtime")
    target = _WORK / language.generator
    shutil.rmtree(target, ignore_errors=True)
    arguments = ["generate", "-i", str(_SPEC), "-o", str(target), *language.arguments()]
    said = _run(["java", "-jar", _jar(), *arguments], _ROOT)
    (_WORK / f"{language.generator}.log").write_text(said, encoding="utf-8")
    for line in said.splitlines():
        if re.search(r"\] (WARN|ERROR) ", line) and not any(
            re.search(pattern, line) for pattern in language.harmless()
        ):
            raise ClientError(f"openapi-generator: {line}")
    return f"openapi-generator {_version('java', '-jar', str(_jar()), 'version')}"


def _jar() -> Path:
    spec = find_spec("openapi_generator_cli")
    if spec is None or spec.origin is None:
        raise SkipError("the Python package openapi-generator-cli")
    return Path(spec.origin).parent / "openapi-generator.jar"


def _need(program: str, package: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise SkipError(f"{program} ({package})")
    return found


def _sources(folder: Path, suffix: str) -> list[str]:
    found = sorted(str(path) for path in folder.rglob(f"*{suffix}"))
    if not found:
        raise ClientError(f"nothing was generated in {folder}")
    return found


def _run(
    command: Sequence[str | Path], folder: Path, environment: dict[str, str] | None = None
) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        shown = " ".join(str(part) for part in command[:6])
        raise ClientError(f"{shown} … failed ({done.returncode}):\n{done.stdout[-4000:]}")
    return done.stdout


def _example(command: Sequence[str | Path], folder: Path) -> None:
    """Run the documented example, and look at what its instances wrote."""
    with LocalServer(boot_seconds=0) as server:
        said = _run(command, folder, server.environment())
        outputs = re.findall(r"oss://\S+", said)
        texts = [server.read_object(address).decode() for address in outputs]
    if said.count("Finished, exit code 0") != 3 or texts != ["Batchcompute service\n"] * 3:
        raise ClientError(f"the example did not do what it should:\n{said}")
    if not re.search(r"^then +404", said, re.MULTILINE):
        raise ClientError(f"the example did not delete its job:\n{said}")


def _version(*command: str) -> str:
    said = _run(command, _ROOT)
    found = re.search(r"\d+\.\d+(\.\d+)?", said)
    return found.group() if found else said.strip()


def _packages(folder: Path, *names: str) -> str:
    found = []
    for name in names:
        text = (folder / "node_modules" / name / "package.json").read_text(encoding="utf-8")
        version = re.search(r'"version": *"([^"]+)"', text)
        found.append(f"{name} {version.group(1) if version else '?'}")
    return " + ".join(found)


def _one(name: str) -> Row:
    if name == "typescript":
        return typescript()
    language = next(each for each in LANGUAGES if each.generator == name)
    if name == "csharp":
        return grammar(language, "tree_sitter_c_sharp")
    if name == "kotlin":
        return grammar(language, "tree_sitter_kotlin")
    return {"java": java, "go": go, "rust": rust, "php": php, "ruby": ruby}[name](language)


def names() -> list[str]:
    """Return the names of all languages, as arguments."""
    return ["typescript", *(language.generator for language in LANGUAGES)]


def run(wanted: Iterable[str]) -> tuple[list[Row], list[str], list[str]]:
    """Try languages; return the table, what was skipped, and what failed.

    Args:
        wanted: Names of languages.
    """
    rows, skipped, failed = [], [], []
    for name in wanted:
        try:
            rows.append(_one(name))
            sys.stdout.write(f"{name}: good\n")
        except SkipError as error:
            skipped.append(f"{name}: skipped, this machine has no {error}")
        except (ClientError, subprocess.TimeoutExpired) as error:
            failed.append(f"{name}: {error}")
        sys.stdout.flush()
    return rows, skipped, failed


def main(arguments: list[str] | None = None) -> int:
    """Print the table, and what was skipped.

    Args:
        arguments: The command line without the program's name; None takes the real one.

    Returns:
        0, or 1 if something failed; what is skipped does not fail.
    """
    parser = argparse.ArgumentParser(prog="python -m clients", description=__doc__)
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE", help=", ".join(names()))
    given = parser.parse_args(arguments).languages or names()
    if unknown := sorted(set(given) - set(names())):
        parser.error(f"there is no client in {', '.join(unknown)}")
    rows, skipped, failed = run(given)
    sys.stdout.write(
        "\n| Language | Generated by | Compiled or checked by | Ran on |\n|---|---|---|---|\n"
    )
    for row in rows:
        sys.stdout.write(f"{row}\n")
    for line in [*skipped, *failed]:
        sys.stdout.write(f"\n{line}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

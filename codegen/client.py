"""batchcompute_api: endpoints from openapi-python-client, models from our own template."""

from __future__ import annotations

import contextlib
import copy
import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.strings import snake_case

from codegen.document import SpecError, operations, schemas
from codegen.fields import declare, is_model
from codegen.postprocess import with_inner_types, with_public_arguments

_TEMPLATES = Path(__file__).parent / "templates"


class _ApiProject(Project):
    """The generator, except that model classes come from our template."""

    def __init__(self, document: dict[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self._document = document

    def _build_models(self) -> None:
        # Inline maps are classes to the generator; to us they are dicts, so only components count.
        components = {
            str(model.class_info.name): str(model.class_info.module_name)
            for model in self.openapi.models
        }
        ours = {name for name, schema in schemas(self._document).items() if is_model(schema)}
        missing = sorted(ours - components.keys())
        if missing:
            raise SpecError(f"the generator made no class of {', '.join(missing)}")
        literals = {
            str(enum.class_info.name): str(enum.class_info.module_name)
            for enum in self.openapi.enums
        }
        folder = self.package_dir / "models"
        folder.mkdir()
        env = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701  # Python, not HTML; codegen.fields escapes
        )
        template = env.get_template("model.py.jinja")
        for name in sorted(ours):
            text = template.render(model=declare(self._document, name))
            (folder / f"{components[name]}.py").write_text(text, encoding="utf-8")
        enum_template = self.env.get_template("literal_enum.py.jinja")
        for enum in self.openapi.enums:
            path = folder / f"{enum.class_info.module_name}.py"
            path.write_text(enum_template.render(enum=enum), encoding="utf-8")
        modules = sorted({name: components[name] for name in ours}.items() | literals.items())
        init = env.get_template("models_init.py.jinja").render(modules=modules)
        (folder / "__init__.py").write_text(init, encoding="utf-8")
        facts = [", ".join(map(repr, fact)) for fact in _operation_facts(self._document)]
        table = env.get_template("operations.py.jinja").render(operations=facts)
        (self.package_dir / "operations.py").write_text(table, encoding="utf-8")
        package = env.get_template("package_init.py.jinja").render()
        (self.package_dir / "__init__.py").write_text(package, encoding="utf-8")


def build(document: dict[str, Any], target: Path) -> None:
    """Generate the package.

    Args:
        document: The specification.
        target: The folder to make; it must not exist.

    Raises:
        SpecError: The generator had anything to say, a warning included, or left something out.
    """
    config = Config.from_sources(
        ConfigFile(literal_enums=True, post_hooks=[], generate_all_tags=False),
        MetaType.NONE,
        document_source=target,
        file_encoding="utf-8",
        overwrite=False,
        output_path=target,
    )
    data = GeneratorData.from_dict(_for_endpoints(document), config=config)
    if isinstance(data, GeneratorError):
        raise SpecError(f"openapi-python-client: {data.header}: {data.detail}")
    with contextlib.redirect_stdout(io.StringIO()):  # it announces a temporary folder
        problems = _ApiProject(document, openapi=data, config=config).build()
    if problems:
        lines = [f"{problem.header}: {problem.detail}" for problem in problems]
        raise SpecError("openapi-python-client: " + "\n".join(lines))
    _check_endpoints(document, target)
    for path in (*sorted(target.glob("api/*/*.py")), target / "client.py"):
        text = _constant_query(path.read_text(encoding="utf-8"))
        path.write_text(with_public_arguments(with_inner_types(text)), encoding="utf-8")


def _for_endpoints(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document as the endpoint generator shall see it.

    Error answers are left out: the transport raises them, for every status, before any generated
    code parses an answer. Declared ones would become return values.
    """
    slim = copy.deepcopy(document)
    for _, _, operation in operations(slim):
        operation["responses"] = {
            status: response
            for status, response in operation["responses"].items()
            if str(status).startswith("2")
        }
    return slim


def _operation_facts(document: dict[str, Any]) -> list[tuple[object, ...]]:
    facts = []
    for path, method, operation in operations(document):
        name = operation["operationId"]
        module = f"{snake_case(operation['tags'][0])}.{name}"
        token = operation.get("x-idempotency-token", "")
        facts.append((name, method.upper(), path, module, operation["x-idempotent"], token))
    return sorted(facts, key=lambda fact: str(fact[0]))


def _check_endpoints(document: dict[str, Any], target: Path) -> None:
    """Fail on an operation that has no module: the generator drops what it cannot read."""
    wanted = {operation["operationId"] for _, _, operation in operations(document)}
    made = {path.stem for path in target.glob("api/*/*.py")} - {"__init__"}
    if wanted != made:
        raise SpecError(
            f"endpoints missing: {sorted(wanted - made)}, unexpected: {sorted(made - wanted)}"
        )


_URL = re.compile(r'^(?P<head>\s*"url": "[^"?]*)\?(?P<query>[^"]*)"(?P<tail>.*)$', re.MULTILINE)


def _constant_query(text: str) -> str:
    """Move a constant query out of the path of an endpoint, into its parameters.

    httpx replaces the query of an address when parameters are given beside it, so the constant part
    would be lost.
    """
    match = _URL.search(text)
    if match is None:
        return text
    constant = dict(parse_qsl(match["query"], keep_blank_values=True))
    text = _URL.sub(r'\g<head>"\g<tail>', text)
    if '"params": params,' in text:
        changed = text.replace('"params": params,', f'"params": {{**params, **{constant!r}}},')
    else:
        lines = text.split("\n")
        at = next(n for n, line in enumerate(lines) if '"url": ' in line)
        lines.insert(at, f'        "params": {constant!r},')
        changed = "\n".join(lines)
    return changed

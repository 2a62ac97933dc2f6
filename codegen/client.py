"""Generate the SDK's part: read by openapi-python-client, written by templates of our own."""

from __future__ import annotations

import contextlib
import copy
import io
from pathlib import Path
from typing import Any

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError

from codegen.document import SpecError, operations, schemas
from codegen.fields import declare, doc_lines
from codegen.surface import build as surface
from codegen.surface.build import enumerations, environment, resources
from codegen.surface.model import methods


class _ApiProject(Project):
    """The generator, except that what it writes comes from our templates."""

    def __init__(self, document: dict[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self._document = document
        self._modules: dict[str, str] = {}

    def _create_package(self) -> None:
        doc = (
            "Models, requests and methods of the clients. Programs import them from `batchcompute`."
        )
        text = environment().get_template("doc.jinja").render(doc=doc)
        (self.package_dir / "__init__.py").write_text(text, encoding="utf-8")

    def _build_models(self) -> None:
        # Inline maps are classes to the generator; to us they are dicts, so only components count.
        components = {
            str(model.class_info.name): str(model.class_info.module_name)
            for model in self.openapi.models
        }
        ours = resources(self._document)
        missing = sorted(set(ours) - components.keys())
        if missing:
            raise SpecError(f"the generator made no class of {', '.join(missing)}")
        self._modules = {name: components[name] for name in ours}
        folder = self.package_dir / "models"
        folder.mkdir()
        template = environment().get_template("model.py.jinja")
        for name, module in self._modules.items():
            text = template.render(model=declare(self._document, name))
            (folder / f"{module}.py").write_text(text, encoding="utf-8")
        enum_template = environment().get_template("literal.py.jinja")
        literals = {}
        wanted = enumerations(self._document)
        for enum in self.openapi.enums:
            name, module = str(enum.class_info.name), str(enum.class_info.module_name)
            if name in wanted:
                literals[name] = module
                schema = schemas(self._document)[name]
                lines = doc_lines(schema.get("description", name), 97)
                text = enum_template.render(name=name, lines=lines, values=schema["enum"])
                (folder / f"{module}.py").write_text(text, encoding="utf-8")
        names = [
            (name, f"batchcompute._generated.api.models.{module}", name)
            for name, module in sorted(self._modules.items() | literals.items())
        ]
        doc = "All model classes; each is loaded when it is first used."
        init = environment().get_template("lazy.py.jinja").render(doc=doc, names=names)
        (folder / "__init__.py").write_text(init, encoding="utf-8")

    def _build_api(self) -> None:
        # The generator drops what it cannot read; our methods are of what it has read.
        read = {
            str(endpoint.name): (endpoint.method, len(endpoint.path_parameters))
            for collection in self.openapi.endpoint_collections_by_tag.values()
            for endpoint in collection.endpoints
        }
        wanted = {
            method.name: (method.verb, method.path.count("{"))
            for method in methods(self._document)
            if not method.shortcut
        }
        if read != wanted:
            odd = sorted({name for name, _ in read.items() ^ wanted.items()})
            raise SpecError(f"the generator reads these operations otherwise: {', '.join(odd)}")
        surface.build(self._document, self.package_dir, self._modules)


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

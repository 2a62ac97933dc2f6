"""What openapi-generator is told for each language, and what it says that nobody can help."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Said for every language. The examples of the contract lie in files of their own.
_ALWAYS = (r"Failed to get the schema name: null",)


@dataclass(frozen=True)
class Language:
    """A language and how its client is generated.

    Attributes:
        name: As people write it.
        generator: Name of the generator.
        options: Settings of the generator.
        mappings: Schemas that become a type of the language instead of a class.
        suffix: Of source files.
        expected: Patterns of warnings that only other names, or no examples, would avoid.
    """

    name: str
    generator: str
    suffix: str
    options: dict[str, str] = field(default_factory=dict)
    mappings: dict[str, str] = field(default_factory=dict)
    expected: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """Return the settings as arguments of the generator."""
        found = ["-g", self.generator]
        if "library" in self.options:
            found += ["--library", self.options["library"]]
        rest = {key: value for key, value in self.options.items() if key != "library"}
        if rest:
            found += ["--additional-properties", ",".join(f"{k}={v}" for k, v in rest.items())]
        if self.mappings:
            pairs = ",".join(f"{k}={v}" for k, v in self.mappings.items())
            found += ["--schema-mappings", pairs]
        return found

    def harmless(self) -> tuple[str, ...]:
        """Return the patterns of all warnings that are expected."""
        return (*_ALWAYS, *self.expected)


LANGUAGES = (
    Language(
        "Java",
        "java",
        ".java",
        {
            "library": "native",
            "openApiNullable": "false",
            "useJakartaEe": "true",
            "hideGenerationTimestamp": "true",
        },
        # Jackson takes a number for a text, so that both variants would fit.
        {"AnyInstanceMarker": "Object"},
        (r"Ignoring complex example on request body",),
    ),
    Language(
        "Go",
        "go",
        ".go",
        # Constants of enumerations share one name space: both clusters and VMs are DELETING.
        {"enumClassPrefix": "true"},
        expected=(
            r"type \(reserved word\) cannot be used as parameter name",
            r"(string|int32|float32) \(reserved word\) cannot be used as model name",
        ),
    ),
    Language("C#", "csharp", ".cs"),
    Language(
        "Rust",
        "rust",
        ".rs",
        expected=(
            r"ApplicationJson cannot be used as a model name",
            r"(r#)?type cannot be used as a (field/variable|parameter) name",
            r"Self cannot be used as a enum variant name",
        ),
    ),
    Language("PHP", "php", ".php"),
    Language("Ruby", "ruby", ".rb", expected=(r"oneOf example value not supported",)),
    Language(
        "Kotlin",
        "kotlin",
        ".kt",
        {"library": "jvm-okhttp4", "serializationLibrary": "jackson"},
        # With Jackson a union becomes an empty class.
        {
            "AnyInstanceMarker": "kotlin.Any",
            "AnyInputValue": "kotlin.Any",
            "AnyPriority": "kotlin.Int",
        },
    ),
)

"""One request for a page: who asks, in which language, and how the answer is written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from batchcompute._version import __version__
from batchcompute.server.console.context import Console
from batchcompute.server.console.graph.drawing import counts_of, parts_of
from batchcompute.server.console.languages import LANGUAGES, choose, explain, translate
from batchcompute.server.console.sessions import Session
from batchcompute.server.model import states
from batchcompute.server.model.caller import Caller, Role
from batchcompute.server.model.clock import to_wire
from batchcompute.server.model.unseen import with_signs
from batchcompute.server.objects.interface import ObjectStore
from batchcompute.server.objects.owners import granted_buckets
from batchcompute.server.objects.scoped import ScopedStore

_TEMPLATES = Path(__file__).resolve().parent / "templates"

#: Cookies of what somebody likes better; they hold no secret.
LANGUAGE_COOKIE: Final = "batchcompute-language"
THEME_COOKIE: Final = "batchcompute-theme"
THEMES: Final = ("light", "dark")

#: Where the service itself is shown, which is for admins.
SERVICE_PATH: Final = "/service"
#: The links of the bar on top.
SECTIONS: Final = (
    ("/jobs", "Jobs"),
    ("/clusters", "Clusters"),
    ("/images", "Images"),
    ("/apps", "Apps"),
    ("/objects", "Objects"),
    (SERVICE_PATH, "Service"),
)

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


class View:
    """A request, with what a page needs to be written.

    Attributes:
        request: The request.
        console: What is shown.
        session: Who asks.
        language: "en" or "zh".
        theme: "light" or "dark", or "" for what the browser prefers.
        body: The fields of a form; each has the values it was sent with.
    """

    def __init__(
        self,
        request: Request,
        console: Console,
        session: Session,
        body: Mapping[str, list[str]] | None = None,
    ) -> None:
        """Read the preferences of the browser."""
        self.request = request
        self.console = console
        self.session = session
        self.body = body or {}
        self.language = language_of(request)
        theme = request.cookies.get(THEME_COOKIE, "")
        self.theme = theme if theme in THEMES else ""

    @property
    def caller(self) -> Caller:
        """The caller of the session."""
        return self.session.caller

    def read(self, operation_id: str, connection: Connection, **path: str) -> Any:
        """Return what the API answers them; see `Console.read`."""
        return self.console.read(self.caller, operation_id, connection, **path)

    def explain(self, kind: str, connection: Connection, **path: str) -> Mapping[str, Any]:
        """Return why something is in its state; see `Console.explain`.

        Its `Translation` is the sentence in the language of the page; "" in English.
        """
        found = self.console.explain(self.caller, kind, connection, **path)
        return {**found, "Translation": explain(found, self.language)}

    def page(
        self, operation_id: str, connection: Connection, query: Mapping[str, Any], **path: str
    ) -> tuple[Sequence[Any], str]:
        """Return a page of a list; see `Console.page`."""
        return self.console.page(self.caller, operation_id, connection, query, **path)

    @property
    def objects(self) -> ObjectStore:
        """The objects, as far as they may see them."""
        store, caller = self.console.parts.objects, self.caller
        if caller.scope is None:
            return store
        granted = granted_buckets(store.folder, caller.granted_buckets())
        return ScopedStore(store, caller.account, granted)

    @property
    def path(self) -> str:
        """The path of the request, decoded."""
        return str(self.request.url.path)

    @property
    def here(self) -> str:
        """Path and query of the request, as it was sent."""
        query = self.request.url.query
        return self.path + (f"?{query}" if query else "")

    @property
    def can_change(self) -> bool:
        """Whether this page may offer to change anything."""
        return not self.console.parts.read_only and self.caller.role is not Role.READ

    def value(self, name: str, otherwise: str = "") -> str:
        """Return a parameter of the query."""
        return self.request.query_params.get(name, otherwise)

    def field(self, name: str, otherwise: str = "") -> str:
        """Return a field of the form."""
        return self.body.get(name, [otherwise])[-1]

    def with_query(self, **changes: str | None) -> str:
        """Return the address of this page with other parameters; None takes one away."""
        query: dict[str, str | None] = {**self.request.query_params, **changes}
        kept = {name: value for name, value in query.items() if value}
        return self.path + (f"?{urlencode(kept)}" if kept else "")

    def text(self, english: str, **values: Any) -> str:
        """Return a text of ours in the language of the page.

        Args:
            english: The text, with `{names}` for values.
            **values: The values.
        """
        found = translate(english, self.language)
        return found.format(**values) if values else found

    def count(self, number: int, one: str, many: str, **values: Any) -> str:
        """Return a text of ours that counts something.

        Args:
            number: How many; it stands for `{number}`.
            one: The English text for one.
            many: That for any other number.
            **values: What stands for other names in it.
        """
        # Chinese has one form for all numbers.
        english = one if number == 1 and self.language == "en" else many
        return self.text(english, number=f"{number:,}", **values)

    def tell(self, kind: str, english: str, **values: Any) -> None:
        """Say something on the next page that this session sees.

        Args:
            kind: "good" or "bad".
            english: The text.
            **values: What stands for the names in it.
        """
        self.say(kind, self.text(english, **values))

    def say(self, kind: str, text: str) -> None:
        """Say a text that is in the language of the page already; see `tell`."""
        self.console.notify(self.session.name, kind, text)

    def render(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Return a page.

        Args:
            template: Name of the template.
            status: The HTTP status.
            **values: What the template shows.
        """
        console = self.console
        page = _environment().get_template(template)
        return HTMLResponse(
            page.render(
                view=self,
                _=self.text,
                _n=self.count,
                notices=console.notices(self.session.name),
                sweeps=console.sweeps.under_way(self.session.name),
                trouble=console.parts.trouble(),
                sections=[each for each in SECTIONS if self._may_open(each[0])],
                **values,
            ),
            status,
        )

    def _may_open(self, path: str) -> bool:
        return self.caller.role is Role.ADMIN or path != SERVICE_PATH


def render_plain(request: Request, template: str, status: int, **values: Any) -> Response:
    """Return a page for somebody who is not signed in."""
    language = language_of(request)

    def text(english: str, **inside: Any) -> str:
        found = translate(english, language)
        return found.format(**inside) if inside else found

    page = _environment().get_template(template)
    return HTMLResponse(page.render(_=text, language=language, **values), status)


def language_of(request: Request) -> str:
    """Return the language to answer in."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else choose(request.headers.get("accept-language", ""))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=_seen,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(size=_size, number=_number, segment=segment, pretty=_pretty)
    names = cast("dict[str, Any]", environment.globals)
    names.update(
        version=__version__,
        visible=states.VISIBLE,
        to_wire=to_wire,
        counts_of=counts_of,
        parts_of=parts_of,
        languages=LANGUAGES,
        job_path=job_path,
        task_path=task_path,
        instance_path=instance_path,
    )
    return environment


def _seen(value: object) -> object:
    """Return what a page shows; what is markup was made of texts that came by here."""
    return with_signs(value) if type(value) is str else value


def segment(text: object) -> str:
    """Return a text as one segment of a path."""
    return quote(str(text), safe="")


def job_path(job: str) -> str:
    """Return the path of a job."""
    return f"/jobs/{segment(job)}"


def task_path(job: str, task: str) -> str:
    """Return the path of a task."""
    return f"{job_path(job)}/tasks/{segment(task)}"


def instance_path(job: str, task: str, index: int | str) -> str:
    """Return the path of an instance."""
    return f"{task_path(job, task)}/instances/{segment(index)}"


def _size(size: float) -> str:
    unit = 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit else f"{int(size)} B"


def _number(number: int) -> str:
    return f"{number:,}"


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)

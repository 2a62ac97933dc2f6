"""What callers want to be told, and where; the messages themselves are `scheduler.notify`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from batchcompute.server.model.caller import DEFAULT_ACCOUNT


@dataclass(frozen=True, slots=True)
class Topic:
    """Where events of a job or a cluster are published.

    Attributes:
        name: The topic's name.
        endpoint: URL of the message service.
        events: The events that are wanted.
    """

    name: str
    endpoint: str
    events: frozenset[str]


@dataclass(frozen=True, slots=True)
class Notification:
    """A message that is to be sent once what it tells is committed.

    Attributes:
        topic: Where it goes.
        body: What it says.
        account: The account whose job or cluster it is about.
    """

    topic: Topic
    body: Mapping[str, Any]
    account: int = DEFAULT_ACCOUNT


def topic_text(description: Mapping[str, Any]) -> str:
    """Return what `read_topic` reads, for the database; "" if nobody wants to be told.

    Args:
        description: A JobDescription or a ClusterDescription.
    """
    topic = description.get("Notification", {}).get("Topic", {})
    if not topic.get("Name") or not topic.get("Events"):
        return ""
    kept = [topic["Name"], topic.get("Endpoint", ""), topic["Events"]]
    return json.dumps(kept, separators=(",", ":"))


@lru_cache(maxsize=256)
def read_topic(text: str) -> Topic | None:
    """Read what `topic_text` wrote."""
    if not text:
        return None
    name, endpoint, events = json.loads(text)
    return Topic(name, endpoint, frozenset(events))

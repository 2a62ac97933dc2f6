"""What the tasks of pipeline.py run: split a text, count the words of a part, merge the counts.

`words.py split TEXT FOLDER N`, `words.py count FOLDER NUMBER OUTPUT`,
`words.py merge FOLDER OUTPUT`. It is packed and uploaded, and knows nothing of the service:
it reads and writes files.
"""

import collections
import json
import pathlib
import re
import sys


def split(text: str, folder: str, parts: str) -> None:
    """Write every nth line of a text into the nth part."""
    lines = pathlib.Path(text).read_text(encoding="utf-8").splitlines(keepends=True)
    for number in range(int(parts)):
        part = "".join(lines[number :: int(parts)])
        pathlib.Path(folder, f"part-{number}").write_text(part, encoding="utf-8")


def count(folder: str, number: str, output: str) -> None:
    """Count the words of one part."""
    text = pathlib.Path(folder, f"part-{number}").read_text(encoding="utf-8")
    counts = collections.Counter(re.findall(r"\w+", text.lower()))
    pathlib.Path(output, f"count-{number}.json").write_text(json.dumps(counts), encoding="utf-8")


def merge(folder: str, output: str) -> None:
    """Add the counts of all parts."""
    total: collections.Counter[str] = collections.Counter()
    for path in sorted(pathlib.Path(folder).glob("count-*.json")):
        total.update(json.loads(path.read_text(encoding="utf-8")))
    pathlib.Path(output).write_text(json.dumps(total.most_common()), encoding="utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["split", text, folder, parts]:
            split(text, folder, parts)
        case ["count", folder, number, output]:
            count(folder, number, output)
        case ["merge", folder, output]:
            merge(folder, output)

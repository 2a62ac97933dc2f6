"""How many bytes the objects of an account take."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.records import Attributes, Bucket
from batchcompute.server.objects.uploads import Uploads
from batchcompute.server.objects.use import ObjectUse


@pytest.mark.parametrize("is_over", [False, True])
def test_parts_count_before_their_upload_is_complete_and_no_more_after_it_was_given_up(
    tmp_path: Path, is_over: bool
) -> None:
    library = ObjectLibrary(tmp_path)
    uploads = Uploads(library)
    library.create_bucket(Bucket("bucket", time.time()), 7)
    upload = uploads.initiate("bucket", "key", Attributes())
    for number, size in ((1, 100), (2, 20), (1, 300)):
        staged = library.stage()
        staged.write(bytes(size))
        uploads.put_part(upload, number, staged)
    if is_over:
        uploads.abort(upload)
    use = ObjectUse(library)
    assert use.take(7, 1, 320 + 1) is True
    assert use.take(7, 680, 1000) is is_over
    use.close()
    library.close()

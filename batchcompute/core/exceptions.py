"""Old import path of the exceptions; new programs import them from the package root."""

from batchcompute.exceptions import ClientError as ClientError
from batchcompute.exceptions import FieldError as FieldError
from batchcompute.exceptions import JSONError as JSONError
from batchcompute.exceptions import JsonError as JsonError
from batchcompute.exceptions import ValidationError as ValidationError

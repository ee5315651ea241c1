"""What these tests share: whatever one engine does the other has to do as well."""

import pytest

from hivemindd.redaction.redactor import Redactor
from tests.redaction.engines import AUTO, PLAIN


@pytest.fixture(params=["auto", "re"])
def redactor(request: pytest.FixtureRequest) -> Redactor:
    """Return a redactor of either engine."""
    return {"auto": AUTO, "re": PLAIN}[request.param]

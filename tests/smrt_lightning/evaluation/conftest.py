import pytest
from evaluation_tables import KINDS, make_table


@pytest.fixture(params=KINDS)
def any_table(request):
    """Return X, y of one kind of table after the other."""
    return make_table(request.param)

import pytest
from evaluation_tables import KINDS, make_table
from threadpoolctl import threadpool_limits


@pytest.fixture(params=KINDS)
def any_table(request):
    """Return X, y of one kind of table after the other."""
    return make_table(request.param)


@pytest.fixture(autouse=True)
def one_thread():
    """Keep small fits from waiting for threads on a busy machine."""
    with threadpool_limits(limits=1):
        yield

from . import test_receivable
from . import test_policy
from . import test_run

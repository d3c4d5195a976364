from . import test_bypass, test_release, test_scenarios, test_tours

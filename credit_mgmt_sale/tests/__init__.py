from . import test_alert, test_bypass, test_release, test_scenarios, test_tours

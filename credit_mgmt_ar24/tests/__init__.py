from . import test_access, test_client, test_follow, test_i18n, test_send, test_tours, test_webhook

from . import test_access, test_client, test_follow, test_send, test_webhook

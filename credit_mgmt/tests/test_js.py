from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestComponents(HttpCase):
    def test_unit_tests_of_the_widgets(self):
        """The unit tests in static/tests, in a real browser."""
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&filter=@credit_mgmt",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )

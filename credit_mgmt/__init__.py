from . import controllers, demo, models, report, wizard


def _post_init_hook(env):
    """Take over the limits that Odoo's own fields hold already."""
    env["res.partner"]._take_over_native_limits()

from . import credit_release_ask

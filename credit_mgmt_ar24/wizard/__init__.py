from . import base_partner_merge, credit_ar24_authenticate

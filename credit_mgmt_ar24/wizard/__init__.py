from . import credit_ar24_authenticate

from . import test_customer_payment

from . import test_customer_payment, test_customer_pays_tour

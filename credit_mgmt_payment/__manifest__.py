{
    "name": "Credit Management: Online Payment",
    "summary": "Customers pay one, some or all open items in one payment, from their own page",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "credit_mgmt contributors",
    "license": "LGPL-3",
    "depends": ["credit_mgmt", "account_payment"],
    "data": [
        "security/ir.model.access.csv",
        "security/credit_mgmt_payment_security.xml",
        "report/credit_dunning_letter_templates.xml",
        "views/credit_customer_action_views.xml",
        "views/credit_customer_page_templates.xml",
        "views/payment_transaction_views.xml",
    ],
    "assets": {"web.assets_tests": ["credit_mgmt_payment/static/tests/tours/*.js"]},
    "auto_install": True,
}

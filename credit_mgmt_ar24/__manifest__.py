{
    "name": "Credit Management: AR24 Registered E-Letters",
    "summary": "Formal notices by AR24's electronic registered letter, with their proofs",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "credit_mgmt contributors",
    "license": "LGPL-3",
    "depends": ["credit_mgmt"],
    "data": [
        "security/ir.model.access.csv",
        "security/credit_mgmt_ar24_security.xml",
        "wizard/credit_ar24_authenticate_views.xml",
        "views/credit_registered_consent_views.xml",
        "views/credit_registered_provider_views.xml",
        "views/credit_registered_letter_views.xml",
        "views/res_partner_views.xml",
        "views/credit_mgmt_ar24_menus.xml",
    ],
    "assets": {
        "web.assets_tests": ["credit_mgmt_ar24/static/tests/tours/*.js"],
    },
}

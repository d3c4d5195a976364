{
    "name": "Credit Management: Shop",
    "summary": "A buyer in the shop whose order is held reads that it is being reviewed",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "credit_mgmt contributors",
    "license": "LGPL-3",
    "depends": ["credit_mgmt_sale", "website_sale"],
    "data": ["views/website_sale_templates.xml"],
    "auto_install": True,
}

{
    "name": "Credit Management: Deliveries",
    "summary": "Deliveries of held customers wait; closed transfers leave the exposure",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "credit_mgmt contributors",
    "license": "LGPL-3",
    "depends": ["credit_mgmt_sale", "sale_stock"],
    "data": ["views/stock_picking_views.xml"],
    "auto_install": True,
}

from . import credit_mgmt_sale_demo

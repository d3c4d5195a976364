from . import credit_mgmt_demo

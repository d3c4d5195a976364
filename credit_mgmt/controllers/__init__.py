from . import customer_page, exports, letters, registered

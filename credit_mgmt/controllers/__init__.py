from . import exports, letters, registered
from . import customer_page, exports, letters

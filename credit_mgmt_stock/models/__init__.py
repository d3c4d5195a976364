from . import credit_exposure, sale_order, stock_move, stock_picking

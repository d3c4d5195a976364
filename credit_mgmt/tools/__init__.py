from . import aging, calendar, interest, kpi, periods, placeholders, reference, xlsx

from . import aging, calendar, interest, placeholders, reference, xlsx

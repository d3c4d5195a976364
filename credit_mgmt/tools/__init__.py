from . import aging, calendar, placeholders, reference, xlsx

from . import aging, calendar, placeholders, reference

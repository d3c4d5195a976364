from . import aging, calendar, gate, placeholders, reference

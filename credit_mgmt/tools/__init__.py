from . import aging, calendar, placeholders

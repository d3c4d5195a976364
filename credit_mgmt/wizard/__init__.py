from . import credit_dunning_assign
from . import credit_dunning_change_channel
from . import credit_dunning_exclude
from . import credit_dunning_level_preview
from . import credit_dunning_reset_wizard
from . import credit_dunning_send
from . import credit_dunning_start

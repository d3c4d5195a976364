from odoo.exceptions import UserError


class DeliveryInterrupted(Exception):
    """An error after the outside world may have got the message.

    Raised by a ``_send_<code>``: the delivery becomes *uncertain* instead of failed, and is never
    repeated by the machine.

    :param channel_code: code of the channel that was sending
    """

    def __init__(self, channel_code: str, message: str):
        super().__init__(message)
        self.channel_code = channel_code


class CarrierUnavailable(UserError):
    """The carrier of registered letters cannot be asked now, and nothing was done.

    Its letters are tried again by the scheduled action, later each time.
    """


class CustomerRefusal(UserError):
    """What a customer asked for on his own page cannot be; the message is written for him."""

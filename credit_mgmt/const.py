#: Letters or statements rendered in one call of the PDF program.
PDF_BATCH = 50
#: What decides the limit of a customer; the native credit_limit holds the amount when limited.
LIMIT_MODES = [
    ("default", "Default"),
    ("limited", "Limited"),
    ("unlimited", "Unlimited"),
    ("none", "No credit"),
]
HOLD_LEVELS = [("none", "None"), ("watch", "Watch"), ("hold", "Hold")]
#: Kinds of settlements that say how customers pay; a credit note or a loss says nothing about it.
PAYMENT_KINDS = ("payment", "entry")

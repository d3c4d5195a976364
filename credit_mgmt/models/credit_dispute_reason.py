from odoo import fields, models

#: Reasons of a contested invoice in French e-invoicing (list BR-FR-CDV-CL-09).
EINVOICE_REASONS = [
    ("PU_ERR", "PU_ERR: unit price"),
    ("REM_ERR", "REM_ERR: discount"),
    ("QTE_ERR", "QTE_ERR: quantity"),
    ("LIVR_INCOMP", "LIVR_INCOMP: delivery incomplete"),
    ("QUALITE_ERR", "QUALITE_ERR: quality"),
    ("ART_ERR", "ART_ERR: item"),
    ("CMD_ERR", "CMD_ERR: order"),
    ("REF_ERR", "REF_ERR: reference"),
    ("REF_CT_ABSENT", "REF_CT_ABSENT: contract reference missing"),
    ("CONTRAT_TERM", "CONTRAT_TERM: contract ended"),
    ("DEST_ERR", "DEST_ERR: recipient"),
    ("SIRET_ERR", "SIRET_ERR: SIRET number"),
    ("CODE_ROUTAGE_ERR", "CODE_ROUTAGE_ERR: routing code"),
    ("EMMET_INC", "EMMET_INC: issuer unknown"),
    ("TRANSAC_INC", "TRANSAC_INC: transaction unknown"),
    ("DOUBLE_FACT", "DOUBLE_FACT: invoiced twice"),
    ("DOUBLON", "DOUBLON: duplicate"),
    ("TX_TVA_ERR", "TX_TVA_ERR: VAT rate"),
    ("MONTANTTOTAL_ERR", "MONTANTTOTAL_ERR: total"),
    ("CALCUL_ERR", "CALCUL_ERR: calculation"),
    ("COORD_BANC_ERR", "COORD_BANC_ERR: bank details"),
    ("MODPAI_ERR", "MODPAI_ERR: means of payment"),
    ("ADR_ERR", "ADR_ERR: address"),
    ("NON_CONFORME", "NON_CONFORME: not compliant"),
    ("JUSTIF_ABS", "JUSTIF_ABS: document missing"),
    ("AUTRE", "AUTRE: other"),
]


class CreditDisputeReason(models.Model):
    """Why customers dispute invoices: from a list, so that causes can be counted."""

    _name = "credit.dispute.reason"
    _description = "Dispute Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    user_id = fields.Many2one(
        "res.users",
        string="Usual Owner",
        domain=[("share", "=", False)],
        help="Who is to answer disputes of this kind, in whatever department.",
    )
    einvoice_code = fields.Selection(
        EINVOICE_REASONS,
        string="E-invoicing Reason",
        help="The reason that stands for this one in the statuses of French e-invoices.",
    )
    description = fields.Text(translate=True, help="When to choose this reason.")

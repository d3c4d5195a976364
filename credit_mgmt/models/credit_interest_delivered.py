from odoo import api, models


class CreditInterestDelivered(models.AbstractModel):
    """Reference data that users may have entered before an upgrade delivers it."""

    _name = "credit.interest.delivered"
    _description = "Delivered Reference Data"

    #: Fields that tell two records of the model apart.
    _delivered_key: tuple[str, ...] = ()

    @api.model
    def _load_records(self, data_list, update=False):
        """Take over what a user entered already, as it is, instead of creating it twice."""
        known = []
        for data in data_list:
            xml_id, values = data.get("xml_id"), data["values"]
            if not xml_id or self.env.ref(xml_id, raise_if_not_found=False):
                continue
            found = self.with_context(active_test=False).search(
                [(name, "=", values.get(name, False)) for name in self._delivered_key], limit=1
            )
            if found:
                known.append({"xml_id": xml_id, "record": found, "noupdate": True})
        self.env["ir.model.data"]._update_xmlids(known)
        return super()._load_records(data_list, update=update)

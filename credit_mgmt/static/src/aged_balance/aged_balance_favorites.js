import { Component, useState } from "@odoo/owl";
import { CheckBox } from "@web/core/checkbox/checkbox";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { AccordionItem } from "@web/core/dropdown/accordion_item";
import { CheckboxItem } from "@web/core/dropdown/checkbox_item";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/** The favourites of the search menu: options under a name. */
export class AgedBalanceFavorites extends Component {
    static template = "credit_mgmt.AgedBalanceFavorites";
    static components = { AccordionItem, CheckBox, CheckboxItem };
    static props = {};

    setup() {
        const { model, favorites } = this.env.agedBalance;
        this.model = model;
        this.favorites = useState(favorites);
        this.dialog = useService("dialog");
        this.state = useState({ name: "", isDefault: false, isShared: false, isInvalid: false });
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            // For the menu, Enter chooses the item that the mouse passed last.
            ev.stopPropagation();
            this.save();
        }
    }

    async save() {
        const { name, isDefault, isShared } = this.state;
        this.state.isInvalid = !name;
        if (!name) {
            return;
        }
        await this.favorites.save(name, this.model.options, { isDefault, isShared });
        Object.assign(this.state, { name: "", isDefault: false, isShared: false });
    }

    apply(favorite) {
        return this.favorites.activeId === favorite.id
            ? this.model.reset()
            : this.model.applyFavorite(favorite);
    }

    remove(favorite) {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Delete the favorite?"),
            body: favorite.isShared
                ? _t("“%s” is shared: nobody will have it any more.", favorite.name)
                : _t("“%s” will be deleted.", favorite.name),
            confirmLabel: _t("Delete"),
            confirm: () => this.favorites.remove(favorite),
            cancel: () => {},
        });
    }
}

import { Component, onWillStart, useEffect, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { formatFloat } from "@web/core/utils/numbers";

import { AgedBalanceFavorites } from "./aged_balance_favorites";
import { AgedBalanceFilters } from "./aged_balance_filters";
import { AgedBalanceGroupBy } from "./aged_balance_group_by";

const DELAY = 350;

/** The search box: text that is typed, facets of all that restricts the balance, and the menu. */
export class AgedBalanceSearch extends Component {
    static template = "credit_mgmt.AgedBalanceSearch";
    static components = {
        AgedBalanceFavorites,
        AgedBalanceFilters,
        AgedBalanceGroupBy,
        Dropdown,
    };
    static props = { onArrowDown: Function };

    setup() {
        const { model, favorites } = this.env.agedBalance;
        this.model = useState(model);
        this.favorites = useState(favorites);
        this.nameService = useService("name");
        this.state = useState({ names: {} });
        this.inputRef = useAutofocus({ refName: "input" });
        this.search = useDebounced((text) => this.model.update({ search: text }), DELAY);
        useEffect(
            (text) => {
                // A favourite or the link "Remove them" changes the text as well.
                if (this.inputRef.el && this.inputRef.el.value.trim() !== text) {
                    this.inputRef.el.value = text;
                }
            },
            () => [this.model.options.search || ""]
        );
        useEffect(
            () => {
                this.loadNames();
            },
            () => [JSON.stringify(this.model.options.filters)]
        );
        onWillStart(() => this.loadNames());
    }

    /** Load the names of the records in the facets. */
    async loadNames() {
        const entries = Object.entries(this.model.options.filters || {}).filter(
            ([code]) => code in this.model.screen.filters
        );
        const names = await Promise.all(
            entries.map(([code, ids]) =>
                this.nameService.loadDisplayNames(
                    this.model.screen.filters[code].model,
                    ids.filter((id) => id > 0)
                )
            )
        );
        this.state.names = Object.fromEntries(
            entries.map(([code, ids], index) => [
                code,
                ids.map((id) => {
                    const name = names[index][id];
                    return typeof name === "string" ? name : _t("Record %s", id);
                }),
            ])
        );
    }

    // === FACETS === //

    get facets() {
        const { options, screen } = this.model;
        const facets = Object.entries(this.state.names).map(([code, names]) => ({
            id: `filter_${code}`,
            icon: "fa fa-filter",
            color: "btn-primary",
            title: screen.filters[code].label,
            values: names,
            remove: () => this.model.setFilter(code, []),
        }));
        if (options.disputed) {
            facets.push({
                id: "disputed",
                icon: "fa fa-filter",
                color: "btn-primary",
                values: [options.disputed === "yes" ? _t("Disputed only") : _t("Undisputed only")],
                remove: () => this.model.update({ disputed: undefined }),
            });
        }
        if (options.overdue_only) {
            facets.push({
                id: "overdue_only",
                icon: "fa fa-filter",
                color: "btn-primary",
                values: [_t("Overdue only")],
                remove: () => this.model.update({ overdue_only: undefined }),
            });
        }
        if (options.min_amount) {
            facets.push({
                id: "min_amount",
                icon: "fa fa-filter",
                color: "btn-primary",
                values: [_t("From %s", formatFloat(options.min_amount))],
                remove: () => this.model.update({ min_amount: undefined }),
            });
        }
        if (options.group_by && options.group_by !== screen.options.group_by) {
            facets.push({
                id: "group_by",
                icon: "oi oi-group",
                color: "text-bg-action",
                values: [screen.dimensions[options.group_by] || options.group_by],
                remove: () => this.model.update({ group_by: undefined }),
            });
        }
        return facets;
    }

    // === EVENTS === //

    onInput(ev) {
        this.search(ev.target.value.trim());
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            this.search.cancel();
            this.model.update({ search: ev.target.value.trim() });
        } else if (ev.key === "ArrowDown") {
            ev.preventDefault();
            this.props.onArrowDown();
        } else if (ev.key === "Backspace" && !ev.target.value) {
            this.facets.at(-1)?.remove();
        }
    }
}

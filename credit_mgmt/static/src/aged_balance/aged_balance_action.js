import { Component, onMounted, onWillStart, useRef, useState, useSubEnv } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { usePager } from "@web/search/pager_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { AgedBalanceActions } from "./aged_balance_actions";
import { AgedBalanceFavoriteStore } from "./aged_balance_favorite_store";
import { formatDay } from "./aged_balance_format";
import { AgedBalanceModel } from "./aged_balance_model";
import { optionsFromUrl, optionsToUrl } from "./aged_balance_options";
import { AgedBalanceSearch } from "./aged_balance_search";
import { AgedBalanceSelection } from "./aged_balance_selection";
import { AgedBalanceTable } from "./aged_balance_table";
import { AgedBalanceToolbar } from "./aged_balance_toolbar";

/** The screen of the aged balance; its figures are those of `credit.aged.balance`. */
export class AgedBalanceAction extends Component {
    static template = "credit_mgmt.AgedBalanceAction";
    static components = {
        AgedBalanceSearch,
        AgedBalanceSelection,
        AgedBalanceTable,
        AgedBalanceToolbar,
        Dropdown,
        DropdownItem,
        Layout,
    };
    static props = { ...standardActionServiceProps };
    static path = "aged-balance";
    static displayName = _t("Aged Balance");

    setup() {
        const orm = useService("orm");
        this.rootRef = useRef("root");
        this.favorites = useState(new AgedBalanceFavoriteStore({ orm }));
        this.model = useState(
            new AgedBalanceModel({
                orm,
                favorites: this.favorites,
                onOptionsChanged: (options) => this.props.updateActionState?.(optionsToUrl(options)),
            })
        );
        this.actions = new AgedBalanceActions({
            model: this.model,
            action: useService("action"),
        });
        useSubEnv({
            agedBalance: {
                model: this.model,
                actions: this.actions,
                favorites: this.favorites,
            },
        });
        usePager(() => this.pagerProps);
        useSetupAction({ getLocalState: () => this.getLocalState() });
        onWillStart(() => Promise.all([this.actions.loadRights(), this.start()]));
        onMounted(() => this.restoreScroll());
    }

    // === STATE === //

    /** Begin with what was left by breadcrumb, else with the action's or the URL's options. */
    async start() {
        const { state, action } = this.props;
        const unfolded = state?.unfolded || [];
        if (state) {
            this.favorites.activeId = state.favoriteId;
        }
        const options = state?.options || action.params?.options || optionsFromUrl(action.params || {});
        const isChosen = state || action.params?.options || Object.keys(options).length;
        await this.model.start(isChosen ? options : null, { unfolded });
    }

    getLocalState() {
        const scroll = this.scrollEl;
        return {
            options: this.model.options,
            favoriteId: this.favorites.activeId,
            unfolded: this.model.rows.filter((row) => row.unfolded).map((row) => row.id),
            scroll: { top: scroll?.scrollTop || 0, left: scroll?.scrollLeft || 0 },
        };
    }

    get scrollEl() {
        return this.rootRef.el?.querySelector(".o_credit_aged_scroll");
    }

    restoreScroll() {
        if (this.props.state && this.scrollEl) {
            const { top, left } = this.props.state.scroll;
            this.scrollEl.scrollTo({ top, left });
        }
    }

    // === CONTROL PANEL === //

    get pagerProps() {
        const { report, current } = this.model;
        if (!report || this.model.error) {
            return { total: 0 };
        }
        return {
            offset: report.options.offset,
            limit: current.limit,
            total: report.count,
            onUpdate: ({ offset, limit }) =>
                this.model.update({
                    offset: offset || undefined,
                    limit: limit === this.model.screen.options.limit ? undefined : limit,
                }),
        };
    }

    get display() {
        return { controlPanel: {} };
    }

    get emptyTitle() {
        return _t("Nothing was open on %s", formatDay(this.model.asOf));
    }

    focusTable() {
        this.rootRef.el.querySelector(".o_credit_aged_row")?.focus();
    }
}

registry.category("actions").add("credit_mgmt.aged_balance", AgedBalanceAction);

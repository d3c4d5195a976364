import { router } from "@web/core/browser/router";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { pick } from "@web/core/utils/objects";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { IndicatorBreakdown } from "./indicator_breakdown";
import { IndicatorFilters } from "./indicator_filters";
import { IndicatorTile } from "./indicator_tile";
import { IndicatorTrend } from "./indicator_trend";
import { ReportState } from "../components/report/report_state";
import { useReport } from "../components/report/use_report";

import { Component, onMounted, useRef, useState } from "@odoo/owl";

/** What the address bar keeps: the options of the server, and the tile whose trend is shown. */
const OPTIONS = ["date_to", "compare_to", "group_by", "period_months", "days_saved"];
const STATE = [...OPTIONS, "tile"];
const DEFAULT_TILE = "dso";

/** The indicators on any date, compared with another, over time and broken down. */
export class CreditIndicators extends Component {
    static template = "credit_mgmt.Indicators";
    static components = {
        IndicatorBreakdown,
        IndicatorFilters,
        IndicatorTile,
        IndicatorTrend,
        Layout,
        ReportState,
    };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        const { params } = this.props.action;
        this.state = useState({
            tile: DEFAULT_TILE,
            ...pick(this.props.state || params?.options || router.current, ...STATE),
        });
        this.report = useReport(() =>
            this.orm.call("credit.kpi", "get_indicators", [pick(this.state, ...OPTIONS)])
        );
        this.openFigure = this.openFigure.bind(this);
        this.selectTile = this.selectTile.bind(this);
        this.setOptions = this.setOptions.bind(this);
        useSetupAction({
            rootRef: useRef("root"),
            getLocalState: () => ({ ...this.state }),
        });
        onMounted(() => this.keepState());
    }

    get data() {
        return this.report.data;
    }

    /** Without those that are nothing and have never been anything else. */
    get tiles() {
        return this.data.tiles.filter(
            ({ value, trend }) => value || trend.filter((known) => known !== null).length > 1
        );
    }

    get sections() {
        const labels = {
            balance: _t("Balance"),
            delay: _t("Payment Delay"),
            collection: _t("Collection"),
            loss: _t("Losses"),
        };
        const codes = [...new Set(this.tiles.map((tile) => tile.section))];
        return codes.map((code) => ({
            code,
            label: labels[code] || code,
            tiles: this.tiles.filter((tile) => tile.section === code),
        }));
    }

    get selectedTile() {
        return this.tiles.find((tile) => tile.code === this.state.tile) || this.tiles[0];
    }

    get compareLabel() {
        return _t("since %s", formatDate(deserializeDate(this.data.compare_to)));
    }

    /** Whose figures these are, where that is not obvious. */
    get scope() {
        const parts = [];
        if (this.data.companies.length > 1) {
            parts.push(this.data.companies.map((company) => company.name).join(", "));
        }
        if (this.data.currencies > 1) {
            parts.push(_t("converted at each date's rate"));
        }
        return parts.join(" · ");
    }

    keepState() {
        this.props.updateActionState?.({ ...this.state });
    }

    /** @param {Object} options those that change; undefined for the default */
    setOptions(options) {
        Object.assign(this.state, options);
        this.keepState();
        return this.report.load();
    }

    selectTile(code) {
        this.state.tile = code;
        this.keepState();
    }

    /**
     * @param {string} code of a tile
     * @param {string} [day] by default that of the screen
     * @param {number|string|false} [key] of a line of the breakdown
     */
    async openFigure(code, day = this.data.date, key = null) {
        const action = await this.orm.call("credit.kpi", "open_figure", [
            code,
            this.data.options,
            day,
            key,
        ]);
        return this.action.doAction(action);
    }

    openEffect() {
        return this.action.doAction("credit_mgmt.credit_reminder_effect_action");
    }
}

registry.category("actions").add("credit_mgmt.indicators", CreditIndicators);

import { router } from "@web/core/browser/router";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { pick } from "@web/core/utils/objects";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { EffectFilters } from "./effect_filters";
import { EffectTable } from "./effect_table";
import { CreditChart } from "../components/chart/chart";
import { getSeriesColor } from "../components/chart/chart_colors";
import { formatFigure } from "../components/report/format";
import { Panel } from "../components/report/panel";
import { ReportState } from "../components/report/report_state";
import { useReport } from "../components/report/use_report";

import { Component, onMounted, useRef, useState } from "@odoo/owl";

const OPTIONS = ["group_by", "date_from", "date_to"];
/** More bars than that are a wall. */
const MAX_BARS = 12;

/** What became of the reminders: settled within 7 and 15 days, by level, channel, collector... */
export class ReminderEffect extends Component {
    static template = "credit_mgmt.ReminderEffect";
    static components = { CreditChart, EffectFilters, EffectTable, Layout, Panel, ReportState };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.chartTitle = _t("Share Settled Within 7 and 15 Days");
        this.state = useState(pick(this.props.state || router.current, ...OPTIONS));
        this.report = useReport(() => this.fetchData());
        this.format = (value) => formatFigure(value, "percent");
        this.formatTick = (value) => formatFigure(value, "percent", { short: true });
        this.open = this.open.bind(this);
        this.setOptions = this.setOptions.bind(this);
        this.onSelect = (index) => this.open(this.bars[index].action);
        useSetupAction({
            rootRef: useRef("root"),
            getLocalState: () => ({ ...this.state }),
        });
        onMounted(() => this.keepState());
    }

    async fetchData() {
        const options = pick(this.state, ...OPTIONS);
        const data = await this.orm.call("credit.dunning.effect", "get_effect", [options]);
        if (data.options.group_by === "month") {
            for (const group of data.groups) {
                group.label = deserializeDate(group.key).toFormat("LLLL yyyy");
            }
        }
        return data;
    }

    get data() {
        return this.report.data;
    }

    get bars() {
        return this.data.groups.slice(0, MAX_BARS);
    }

    get labels() {
        return this.bars.map((group) => group.label);
    }

    get series() {
        return [
            {
                label: _t("Within 7 days"),
                values: this.bars.map((group) => group.share_7),
                color: getSeriesColor(0),
            },
            {
                label: _t("Within 15 days"),
                values: this.bars.map((group) => group.share_15),
                color: getSeriesColor(2),
            },
        ];
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

    open(action) {
        return this.action.doAction(action);
    }

    openList() {
        return this.action.doAction("credit_mgmt.credit_dunning_effect_action");
    }
}

registry.category("actions").add("credit_mgmt.reminder_effect", ReminderEffect);

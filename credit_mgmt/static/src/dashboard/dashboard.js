import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { CreditAgeing } from "./credit_ageing";
import { DashboardMessages } from "./dashboard_messages";
import { DashboardTasks } from "./dashboard_tasks";
import { DashboardTile } from "./dashboard_tile";
import { DsoTrend } from "./dso_trend";
import { ExpectedReceipts } from "./expected_receipts";
import { TopCustomers } from "./top_customers";
import { ReportState } from "../components/report/report_state";
import { useReport } from "../components/report/use_report";

import { Component, useRef } from "@odoo/owl";

const AGED_BALANCE = "credit_mgmt.aged_balance";
const actions = registry.category("actions");

/** The screen *Today*: what is owed, how late, what waits for a person, what will come in. */
export class CreditDashboard extends Component {
    static template = "credit_mgmt.Dashboard";
    static components = {
        CreditAgeing,
        DashboardMessages,
        DashboardTasks,
        DashboardTile,
        DsoTrend,
        ExpectedReceipts,
        Layout,
        ReportState,
        TopCustomers,
    };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.report = useReport(() => this.orm.call("credit.dashboard", "get_data", [{}]));
        this.display = { controlPanel: {} };
        this.open = this.open.bind(this);
        useSetupAction({ rootRef: useRef("root") });
    }

    get data() {
        return this.report.data;
    }

    get figures() {
        return this.data.tiles.filter((tile) => tile.section === "figures");
    }

    get tasks() {
        return this.data.tiles.filter((tile) => tile.section === "tasks");
    }

    /** Whose figures these are, and of which day. */
    get scope() {
        const parts = [
            _t("%(day)s, changes since %(since)s", {
                day: formatDate(deserializeDate(this.data.date)),
                since: formatDate(deserializeDate(this.data.compare_to)),
            }),
        ];
        if (this.data.companies.length > 1) {
            parts.push(this.data.companies.map((company) => company.name).join(", "));
        }
        if (this.data.currencies > 1) {
            parts.push(_t("converted at today's rate"));
        }
        if (this.data.own) {
            parts.push(_t("your customers"));
        }
        return parts.join(" · ");
    }

    get hasAgedBalance() {
        return actions.contains(AGED_BALANCE);
    }

    /** @param {Object} action what a figure counts */
    open(action) {
        return this.action.doAction(action, { onClose: () => this.report.load() });
    }

    openAgedBalance() {
        return this.action.doAction({
            type: "ir.actions.client",
            tag: AGED_BALANCE,
            name: _t("Aged Balance"),
            params: { options: this.data.ageing.options },
        });
    }

    openIndicators() {
        return this.action.doAction("credit_mgmt.credit_indicators_action");
    }
}

actions.add("credit_mgmt.dashboard", CreditDashboard);

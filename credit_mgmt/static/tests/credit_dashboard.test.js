import { expect, test } from "@odoo/hoot";
import { queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    makeMockEnv,
    mockService,
    mountWithCleanup,
    onRpc,
    preloadBundle,
} from "@web/../tests/web_test_helpers";
import { getDefaultConfig } from "@web/views/view";

import { CreditChart } from "@credit_mgmt/components/chart/chart";
import { getAgeColor } from "@credit_mgmt/components/chart/chart_colors";
import { Sparkline } from "@credit_mgmt/components/chart/sparkline";
import {
    formatDifference,
    formatFigure,
    getDifferenceClass,
} from "@credit_mgmt/components/report/format";
import { CreditDashboard } from "@credit_mgmt/dashboard/dashboard";
import { DashboardTile } from "@credit_mgmt/dashboard/dashboard_tile";
import { IndicatorTile } from "@credit_mgmt/indicators/indicator_tile";
import { MonthPicker } from "@credit_mgmt/indicators/month_picker";

defineMailModels();
preloadBundle("web.chartjs_lib");

const TILE = {
    code: "overdue",
    label: "Overdue",
    value: 1234.56,
    unit: "money",
    help: "Past the due date.",
    action: { type: "ir.actions.act_window", res_model: "credit.receivable" },
    section: "figures",
    severity: "danger",
    difference: 100,
    better: "lower",
    trend: [1, null, 3],
};

const BAR = { code: "0", label: "Not due", value: 10, action: { name: "Not due" } };

const DATA = {
    date: "2026-03-10",
    compare_to: "2026-02-28",
    currency_id: false,
    currencies: 1,
    companies: [{ id: 1, name: "My Company" }],
    own: false,
    quiet: false,
    messages: [],
    tiles: [
        TILE,
        { ...TILE, code: "trouble", label: "Failed", value: 2, unit: "number", section: "tasks" },
    ],
    ageing: { help: "By age", bars: [BAR], options: {} },
    dso: {
        help: "Days",
        dates: ["2026-02-28", "2026-03-10"],
        series: [{ code: "dso", label: "DSO", values: [50, 52.5] }],
        options: { company_ids: [1] },
    },
    customers: [
        {
            id: 7,
            name: "Azure",
            amount: 90,
            days: 12,
            dunning_date: false,
            step: { code: "level", label: "First", date: "2026-03-12" },
            action: { name: "Azure" },
        },
    ],
    receipts: {
        help: "Rule",
        weeks: [{ label: "10 Mar", value: 5, action: {} }],
        late: { label: "Later than usual", value: 40, action: { name: "Later than usual" } },
        beyond: { label: "After", value: 0, action: {} },
    },
};

/** As the action service does: a screen finds its title in the environment. */
function mountDashboard() {
    return mountWithCleanup(CreditDashboard, {
        componentEnv: { config: getDefaultConfig() },
        props: { action: {} },
    });
}

test("figures are written with their unit, and a dash when nothing is known", async () => {
    await makeMockEnv();
    expect(formatFigure(1234.56, "money")).toBe("1,235");
    expect(formatFigure(1234.56, "money", { exact: true })).toBe("1,234.56");
    expect(formatFigure(75.353, "percent")).toBe("75.4%");
    expect(formatFigure(72.8, "days")).toBe("72.8 days");
    expect(formatFigure(null, "days")).toBe("–");
    expect(formatFigure(0, "number")).toBe("0");
    expect(formatDifference(-2.5, "percent")).toBe("-2.5 points");
    expect(formatDifference(2.5, "days")).toBe("+2.5 days");
    expect(formatDifference(null, "days")).toBe("–");
});

test("a difference is good or bad by what is better", () => {
    expect(getDifferenceClass(-1, "lower")).toBe("text-success");
    expect(getDifferenceClass(1, "lower")).toBe("text-danger");
    expect(getDifferenceClass(1, "higher")).toBe("text-success");
    expect(getDifferenceClass(1, null)).toBe("text-muted");
    expect(getDifferenceClass(0, "lower")).toBe("text-muted");
});

test("older buckets have colours of their own", () => {
    const colors = [0, 1, 2, 3, 4, 5].map((index) => getAgeColor(index, 6));
    expect(new Set(colors).size).toBe(6);
    expect(getAgeColor(1, 2)).toBe(colors[5]);
});

test("a sparkline is interrupted where nothing is known", async () => {
    await mountWithCleanup(Sparkline, { props: { values: [0, 10, null, 5, 10] } });
    expect("path").toHaveAttribute("d", "M0.0 20.0 L25.0 0.0 M75.0 10.0 L100.0 0.0");
});

test("a sparkline of a single value is not drawn", async () => {
    await mountWithCleanup(Sparkline, { props: { values: [null, 10] } });
    expect("svg").toHaveCount(0);
});

test("a chart has a table that reads and opens the same", async () => {
    await mountWithCleanup(CreditChart, {
        props: {
            type: "bar",
            title: "Receivables by age",
            labels: ["Not due", "1-30 days"],
            series: [{ label: "Open", values: [10, null], color: "#000" }],
            format: (value) => `${value} EUR`,
            onSelect: (index, series) => expect.step([index, series]),
        },
    });
    expect("canvas[role=img]").toHaveAttribute("aria-label", "Receivables by age");
    expect(queryAllTexts("tbody th")).toEqual(["Not due", "1-30 days"]);
    expect("tbody button").toHaveCount(1);
    await contains("tbody button", { visible: false }).click();
    expect.verifySteps([[0, 0]]);
});

test("a click on a bar of the chart opens it", async () => {
    await mountWithCleanup(CreditChart, {
        props: {
            type: "bar",
            title: "Receivables by age",
            labels: ["Not due", "1-30 days"],
            series: [{ label: "Open", values: [10, 20], color: "#000" }],
            format: String,
            onSelect: (index) => expect.step(index),
        },
    });
    const chart = window.Chart.getChart(queryFirst("canvas"));
    const { x, y } = chart.getDatasetMeta(0).data[1];
    await contains("canvas").click({ position: { x, y }, relative: true });
    expect.verifySteps([1]);
});

test("a tile opens what it counts", async () => {
    await mountWithCleanup(DashboardTile, {
        props: { tile: TILE, currencyId: false, open: (action) => expect.step(action.res_model) },
    });
    expect(".o_credit_tile_value").toHaveText("1,235");
    expect(".o_credit_tile_value").toHaveClass("text-danger");
    expect(".o_credit_tile_difference").toHaveText("+100");
    expect(".o_credit_tile_difference").toHaveClass("text-danger");
    await contains(".o_credit_tile").click();
    expect.verifySteps(["credit.receivable"]);
});

test("an indicator shows its trend, and opens what it counts by a button of its own", async () => {
    await mountWithCleanup(IndicatorTile, {
        props: {
            tile: { ...TILE, unit: "days", value: 73, flag: "At least", can_open: true },
            currencyId: false,
            compareLabel: "since 28/02/2026",
            selected: true,
            select: (code) => expect.step(`select ${code}`),
            open: (code) => expect.step(`open ${code}`),
        },
    });
    expect(".o_credit_tile_value").toHaveText("≥ 73.0 days");
    expect(".o_credit_tile").toHaveAttribute("aria-pressed", "true");
    await contains(".o_credit_tile").click();
    await contains(".o_credit_tile_open").click();
    expect.verifySteps(["select overdue", "open overdue"]);
});

test("months end on their last day, the present one today", async () => {
    await mountWithCleanup(MonthPicker, {
        props: {
            value: "2026-02-28",
            today: "2026-03-10",
            label: "Month",
            onChange: (value) => expect.step(value),
        },
    });
    expect(".o_credit_month_input").toHaveValue("February 2026");
    await contains(".o_credit_previous").click();
    await contains(".o_credit_next").click();
    expect.verifySteps(["2026-01-31", "2026-03-10"]);
});

test("the dashboard comes in one call and opens its figures", async () => {
    onRpc("credit.dashboard", "get_data", () => {
        expect.step("get_data");
        return DATA;
    });
    mockService("action", {
        doAction(action) {
            expect.step(action.name || action.res_model);
        },
    });
    await mountDashboard();
    await contains(".o_credit_tile").click();
    expect(".o_credit_task .badge").toHaveText("2");
    expect(queryAllTexts(".o_credit_top tbody td")).toEqual(["90", "12", "Never", "First03/12/2026"]);
    await contains(".o_credit_open_items").click();
    await contains(".o_credit_ageing .o_credit_chart_table button", { visible: false }).click();
    expect(".o_credit_other").toHaveCount(1);
    await contains(".o_credit_other").click();
    expect.verifySteps(["get_data", "credit.receivable", "Azure", "Not due", "Later than usual"]);
});

test("an error is told, and can be tried again", async () => {
    let fails = true;
    onRpc("credit.dashboard", "get_data", () => {
        if (fails) {
            throw new Error("No way");
        }
        return DATA;
    });
    await mountDashboard();
    await contains(".alert .o_credit_retry").click();
    expect(".alert").toHaveCount(1);
    fails = false;
    await contains(".o_credit_retry").click();
    expect(".alert").toHaveCount(0);
    expect(".o_credit_tiles .o_credit_tile").toHaveCount(1);
});

test("a company without receivables is told what to do next", async () => {
    onRpc("credit.dashboard", "get_data", () => ({
        ...DATA,
        quiet: true,
        messages: [{ code: "start", text: "Not started.", button: "Start", action: { name: "S" } }],
    }));
    mockService("action", { doAction: (action) => expect.step(action.name) });
    await mountDashboard();
    await contains(".o_credit_quiet .o_credit_message button").click();
    expect(".o_credit_chart").toHaveCount(0);
    expect.verifySteps(["S"]);
});

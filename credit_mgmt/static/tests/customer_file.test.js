import { expect, test } from "@odoo/hoot";
import { queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { contains, mountWithCleanup } from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";

import { CustomerAlerts } from "@credit_mgmt/customer_file/customer_alerts";
import { ExposureBar } from "@credit_mgmt/customer_file/exposure_bar";
import { ScorePanel } from "@credit_mgmt/customer_file/score_panel";

defineMailModels();

const LIMIT = {
    amount: 1000,
    unlimited: false,
    source: "Of this customer",
    available: -200,
    usage: 120,
    review_date: false,
    action: {},
};

function mountBar(limit = {}, amounts = [900, -100, 300]) {
    const [ledger, credits, ordered] = amounts;
    return mountWithCleanup(ExposureBar, {
        props: {
            exposure: {
                total: 1200,
                rows: [
                    { code: "ledger", label: "Open items", amount: ledger, part_of: false },
                    { code: "credits", label: "of which credits", amount: credits, part_of: "ledger" },
                    { code: "ordered", label: "Ordered", amount: ordered, part_of: false },
                ],
            },
            limit: { ...LIMIT, ...limit },
            currencyId: false,
            formatDay: (day) => day,
            open: () => expect.step("history"),
            openExposure: (code) => expect.step(code),
        },
    });
}

test("the exposure bar stands for what is above the limit, each part opens itself", async () => {
    await mountBar();
    expect(".o_credit_exposure_segment").toHaveCount(2);
    expect(queryFirst(".o_credit_exposure_segment[data-code=ledger]").style.width).toBe("75%");
    expect(queryFirst(".o_credit_exposure_limit").style.left).toMatch(/^83\.3/);
    await contains(".o_credit_exposure_segment[data-code=ordered]").click();
    await contains("tr[data-code=credits] button").click();
    expect.verifySteps(["ordered", "credits"]);
    expect(".text-danger").toHaveCount(1);
});

test("within the limit the bar leaves room, without one it has no mark", async () => {
    await mountBar({ amount: 2400, available: 1200, usage: 50 });
    expect(queryFirst(".o_credit_exposure_segment[data-code=ledger]").style.width).toBe("37.5%");
    expect(".o_credit_exposure_limit").toHaveCount(0);
    await mountBar({ unlimited: true, amount: 0 });
    expect(".o_credit_exposure_limit").toHaveCount(0);
});

test("alerts tell what they are about; a snoozed one says until when", async () => {
    const alert = {
        severity: "3",
        severity_label: "Critical",
        message: "Over the limit",
        state: "open",
        action: {},
    };
    await mountWithCleanup(CustomerAlerts, {
        props: {
            alerts: {
                rows: [
                    { ...alert, id: 1 },
                    {
                        ...alert,
                        id: 2,
                        state: "snoozed",
                        snooze_until: "2026-03-20",
                        snooze_reason: "Cheque",
                    },
                ],
            },
            formatDay: (day) => day,
            open: () => expect.step("open"),
            snooze: (id) => expect.step(`snooze ${id}`),
        },
    });
    expect(".o_credit_snooze").toHaveCount(1);
    expect("[data-id='2']").toHaveText(/snoozed until 2026-03-20: Cheque/);
    expect("[data-id='1'] .badge").toHaveClass("text-bg-danger");
    expect("[data-id='2'] .badge").toHaveClass("text-bg-secondary");
    await contains(".o_credit_snooze").click();
    expect.verifySteps(["snooze 1"]);
});

test("the score shows the points of each reason", async () => {
    await mountWithCleanup(ScorePanel, {
        props: {
            score: {
                score: 51,
                grade: "C",
                class_proposed: "Risky",
                components: [
                    { code: "delay", label: "Average delay", text: "late", points: 7.5, weight: 20 },
                    { code: "usage", label: "Use", text: "half", points: 10, weight: 10 },
                ],
            },
        },
    });
    expect(queryAllTexts(".o_credit_score_points")).toEqual(["7.5 / 20", "10 / 10"]);
    expect(".o_credit_score_points:first").toHaveClass("text-danger");
    expect(".o_credit_panel").toHaveText(/C · 51 \/ 100/);
    expect(".o_credit_panel").toHaveText(/proposes the class Risky/);
});

test("without enough knowledge there is no score", async () => {
    await mountWithCleanup(ScorePanel, {
        props: { score: { score: null, grade: false, class_proposed: "", components: [] } },
    });
    expect(".o_credit_panel").toHaveText(/Too little is known/);
});

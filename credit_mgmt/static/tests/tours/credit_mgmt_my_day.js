import { registry } from "@web/core/registry";

const row = (name) => `.o_credit_work_row:contains(${name})`;
const current = (name) => `.o_credit_work_file .o_credit_work_name:contains(${name})`;
const deed = (code) => `.o_credit_work_file .o_credit_work_deed[data-code=${code}]`;

/** A collector's morning: five customers, each with another outcome, one screen. */
registry.category("web_tour.tours").add("credit_mgmt_my_day", {
    url: "/odoo/my-day",
    steps: () => [
        {
            content: "The broken promise stands first, its file is open",
            trigger: `.o_credit_work_row:first:contains(Broken):contains(Follow up a broken promise)`,
        },
        {
            trigger: `${current("Broken")}`,
        },
        {
            content: "Reached: the note is written beside the file",
            trigger: deed("reached"),
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit Pays on Friday",
        },
        {
            trigger: ".modal .o_credit_work_save",
            run: "click",
        },
        {
            content: "It is in the history, and the customer is no longer urgent",
            trigger: ".o_credit_work_history:contains(Pays on Friday)",
        },
        {
            trigger: `.o_credit_work_file:not(:has(.btn-danger))`,
        },
        {
            content: "To a customer further down",
            trigger: row("Promiser"),
            run: "click",
        },
        {
            trigger: current("Promiser"),
        },
        {
            trigger: deed("promise"),
            run: "click",
        },
        {
            trigger: ".modal .o_form_view .o_field_widget[name=amount]",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "He left the list of what is to do; the next one is open",
            trigger: `.o_credit_work_queue:not(:has(${row("Promiser")}))`,
        },
        {
            trigger: row("Disputer"),
            run: "click",
        },
        {
            trigger: `${current("Disputer")}`,
        },
        {
            trigger: deed("dispute"),
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason_id] input",
            run: "edit Price",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Price)",
            run: "click",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            trigger: `.o_credit_work_queue:not(:has(${row("Disputer")}))`,
        },
        {
            trigger: row("Silent"),
            run: "click",
        },
        {
            trigger: current("Silent"),
        },
        {
            content: "No answer: tomorrow again, one key opens the dialog",
            trigger: ".o_credit_work_file",
            run: "press a",
        },
        {
            trigger: ".modal .o_credit_work_save",
            run: "click",
        },
        {
            trigger: `.o_credit_work_queue:not(:has(${row("Silent")}))`,
        },
        {
            trigger: row("Sleeper"),
            run: "click",
        },
        {
            trigger: current("Sleeper"),
        },
        {
            trigger: deed("snoozed"),
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit Waits for our credit note",
        },
        {
            trigger: ".modal .o_credit_work_save",
            run: "click",
        },
        {
            trigger: `.o_credit_work_queue:not(:has(${row("Sleeper")}))`,
        },
        {
            content: "Both are planned",
            trigger: ".o_credit_work_state[data-code=planned]:contains(2)",
            run: "click",
        },
        {
            trigger: row("Sleeper"),
        },
        {
            trigger: row("Silent"),
        },
        {
            content: "One key to the next customer, one back",
            trigger: `.o_credit_work_row:first.o_credit_work_current`,
            run: "press j",
        },
        {
            trigger: `.o_credit_work_row:last.o_credit_work_current`,
            run: "press k",
        },
        {
            trigger: `.o_credit_work_row:first.o_credit_work_current`,
        },
        {
            content: "Five customers were treated",
            trigger: ".o_credit_work_treated:contains(Treated today: 5)",
        },
    ],
});

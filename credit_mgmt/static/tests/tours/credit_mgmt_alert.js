import { registry } from "@web/core/registry";

/** Somebody reads an alert, prepares the call on the customer's page, and snoozes the alert. */
registry.category("web_tour.tours").add("credit_mgmt_alert", {
    url: "/odoo/credit-alerts",
    steps: () => [
        {
            content: "The alert says what is wrong",
            trigger: ".o_data_row:contains(Tour Customer):contains(1,234.00) td[name=message]",
            run: "click",
        },
        {
            content: "From the alert to the page of the customer",
            trigger: ".o_form_view button[name=action_open_credit_page]",
            run: "click",
        },
        {
            content: "The telephone number is there",
            trigger: ".o_credit_file .o_credit_file_people a[href^='tel:']",
        },
        {
            content: "The exposure opens what it counts",
            trigger: ".o_credit_file_exposure tr[data-code=ledger] .o_credit_figure",
            run: "click",
        },
        {
            trigger: ".o_list_view tfoot:contains(1,234.00)",
        },
        {
            content: "Back to the page",
            trigger: ".breadcrumb-item:last-child a, .o_back_button",
            run: "click",
        },
        {
            content: "Snooze the alert",
            trigger: ".o_credit_file_alert .o_credit_snooze",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Cheque announced",
        },
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "The page says so",
            trigger: ".o_credit_file_alert:contains(Cheque announced)",
        },
    ],
});

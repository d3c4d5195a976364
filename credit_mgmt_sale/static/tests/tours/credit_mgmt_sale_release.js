import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("credit_mgmt_sale_stopped", {
    steps: () => [
        {
            content: "the quotation shows the figures",
            trigger: ".alert-warning:contains('Too much by')",
        },
        {
            content: "confirm",
            trigger: "button[name='action_confirm']:visible",
            run: "click",
        },
        {
            content: "the order is stopped, with the figures",
            trigger: ".modal .modal-body:contains('Credit check')",
            timeout: 60000,
        },
        {
            content: "close",
            trigger: ".modal .modal-footer button.btn-primary",
            run: "click",
        },
        {
            content: "ask for a release",
            trigger: "body:not(:has(.modal)) button[name='action_ask_credit_release']:visible",
            run: "click",
        },
        {
            content: "say why",
            trigger: ".modal .o_field_widget[name='reason'] input",
            run: "edit Payment announced for Friday",
        },
        {
            content: "ask",
            trigger: ".modal button[name='action_ask']",
            run: "click",
        },
        {
            content: "the order is visibly held",
            trigger:
                "body:not(:has(.modal)) .alert-danger[name='credit_held']:contains('a release was asked')",
            timeout: 60000,
        },
    ],
});

registry.category("web_tour.tours").add("credit_mgmt_sale_release", {
    steps: () => [
        {
            content: "the approver sees who asks and why",
            trigger: ".o-mail-Activity:contains('Payment announced for Friday')",
        },
        {
            content: "release",
            trigger: "button[name='action_credit_release']:visible",
            run: "click",
        },
        {
            content: "one confirmation",
            trigger: ".modal .modal-footer button.btn-primary",
            run: "click",
        },
        {
            content: "the order is confirmed",
            trigger: ".o_statusbar_status button[data-value='sale'].o_arrow_button_current",
            timeout: 60000,
        },
    ],
});

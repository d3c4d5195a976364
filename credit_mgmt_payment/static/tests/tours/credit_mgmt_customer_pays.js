import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("credit_mgmt_customer_pays", {
    steps: () => [
        {
            content: "Late invoices are chosen already",
            trigger: ".o_credit_page_items input[type=checkbox]:checked:eq(1)",
        },
        {
            trigger: "button[name=pay]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Both are to be paid at once",
            trigger: "[name=paid_items] li:eq(2):contains(2,055.50)",
        },
        {
            content: "The only method is chosen already: a card number that means nothing",
            trigger: "#customer_input",
            run: "edit 4242",
        },
        {
            trigger: "button[name=o_payment_submit_button]:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Back on the page after the provider's answer",
            trigger: ".alert-success:contains(Paid, thank you)",
            timeout: 60000,
        },
        {
            content: "What is not due yet is all that is left",
            trigger: ".o_credit_page_items:contains(478.20):not(:contains(1,840.00))",
        },
    ],
});
